// A list whose order matters: by dragging, and by keyboard (space to lift, arrows to move, space to set down).

import { closestCenter, DndContext, type DragEndEvent, KeyboardSensor, PointerSensor, useSensor, useSensors } from "@dnd-kit/core";
import { arrayMove, SortableContext, sortableKeyboardCoordinates, useSortable, verticalListSortingStrategy } from "@dnd-kit/sortable";
import { CSS } from "@dnd-kit/utilities";
import { GripVertical, X } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "@/ui/button";
import { classes } from "@/ui/classes";
import { useWords } from "@/words";

interface OrderedProps<Item> {
  items: readonly Item[];
  keyOf: (item: Item) => string;
  nameOf: (item: Item) => string;
  onItems: (items: Item[]) => void;
  disabled?: boolean;
  label: string;
  children: (item: Item, at: number) => ReactNode;
}

export function Ordered<Item>({ items, keyOf, nameOf, onItems, disabled, label, children }: OrderedProps<Item>) {
  const { t } = useWords();
  const sensors = useSensors(useSensor(PointerSensor, { activationConstraint: { distance: 4 } }), useSensor(KeyboardSensor, { coordinateGetter: sortableKeyboardCoordinates }));
  const keys = items.map(keyOf);
  const nameAt = (key: string | number) => nameOf(items[keys.indexOf(String(key))] as Item);
  const moved = ({ active, over }: DragEndEvent) => {
    if (over && active.id !== over.id) onItems(arrayMove([...items], keys.indexOf(String(active.id)), keys.indexOf(String(over.id))));
  };
  const placed = (key: string | number) => ({ name: nameAt(key), position: keys.indexOf(String(key)) + 1, total: keys.length });
  return (
    <DndContext
      sensors={sensors}
      collisionDetection={closestCenter}
      onDragEnd={moved}
      accessibility={{
        screenReaderInstructions: { draggable: t("ordered.how") },
        announcements: {
          onDragStart: ({ active }) => t("ordered.lifted", placed(active.id)),
          onDragOver: ({ active, over }) => (over ? t("ordered.over", { ...placed(over.id), name: nameAt(active.id) }) : undefined),
          onDragEnd: ({ active, over }) => (over ? t("ordered.dropped", { ...placed(over.id), name: nameAt(active.id) }) : undefined),
          onDragCancel: ({ active }) => t("ordered.cancelled", placed(active.id)),
        },
      }}
    >
      <SortableContext items={keys} strategy={verticalListSortingStrategy}>
        <ol aria-label={label} className="space-y-1.5">
          {items.map((item, at) => (
            <Row key={keyOf(item)} id={keyOf(item)} name={nameOf(item)} disabled={disabled} onRemove={() => onItems(items.filter((other) => other !== item))}>
              {children(item, at)}
            </Row>
          ))}
        </ol>
      </SortableContext>
    </DndContext>
  );
}

function Row({ id, name, disabled, onRemove, children }: { id: string; name: string; disabled?: boolean; onRemove: () => void; children: ReactNode }) {
  const { t } = useWords();
  const { attributes, listeners, setNodeRef, setActivatorNodeRef, transform, transition, isDragging } = useSortable({ id, disabled });
  return (
    <li ref={setNodeRef} style={{ transform: CSS.Translate.toString(transform), transition }} className={classes("flex items-center gap-2 rounded-lg border bg-surface py-1.5 pr-1.5 pl-1", isDragging && "relative z-10 shadow-float")}>
      {!disabled && (
        <button type="button" ref={setActivatorNodeRef} {...attributes} {...listeners} aria-label={t("ordered.move", { name })} className="cursor-grab touch-none rounded-md p-1.5 text-muted hover:text-ink active:cursor-grabbing">
          <GripVertical className="size-4" aria-hidden />
        </button>
      )}
      <div className="min-w-0 grow">{children}</div>
      {!disabled && <Button look="ghost" size="tiny" aria-label={t("ordered.remove", { name })} onClick={onRemove}><X aria-hidden /></Button>}
    </li>
  );
}
