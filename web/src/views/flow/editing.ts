// How a box is changed on the drawing: whoever shows the drawing says what may be done, and does it.

import { createContext } from "react";
import type { Exit, FlowNode } from "./graph";

export interface Editing {
  /** The box whose exits are changed. */
  box: string;
  /** The exit for which a destination is being chosen. */
  picking: string | undefined;
  pick: (exit: string | undefined) => void;
  /** Leads an exit to another box. */
  lead: (exit: string, to: string) => void;
  remove: (exit: string) => void;
  canRemove: (exit: Exit) => boolean;
  add: (() => void) | undefined;
  /** Whether an exit may lead to a box. */
  takes: (node: FlowNode, exit: string) => boolean;
}

export const EditingContext = createContext<Editing | undefined>(undefined);
