// A CSV file of numbers as it lies before the one who imports it: what stands in which line, to be shown beside what the server says of it.

/** The columns that the server reads; only the first is needed. */
export const COLUMNS = ["phone_number", "friendly_name", "routing_type", "target", "status"] as const;
export type ColumnName = (typeof COLUMNS)[number];

/** What the server takes. */
export const FILE_BYTES_MAX = 1_000_000;
export const FILE_ROWS_MAX = 5_000;

/** One of each kind of row, to be overwritten. */
export const TEMPLATE =
  [
    COLUMNS.join(","),
    "+12125550100,Main number,business_hours,Office,active",
    "+12125550101,Sales,ring_group,Sales,active",
    "+12125550102,Alice direct,extension,1001,active",
    "+12125550103,Night line,forward,+442079460018,inactive",
  ].join("\r\n") + "\r\n";

export type Cells = Partial<Record<string, string>>;

/** What stands in each line, by the columns' names: commas, semicolons or tabs, with quotes, as spreadsheets write them (RFC 4180). */
export function cellsByLine(text: string): Map<number, Cells> {
  const first = text.split(/\r?\n/).find((line) => line.trim() !== "") ?? "";
  const comma = [",", ";", "\t"].reduce((best, mark) => (first.split(mark).length > first.split(best).length ? mark : best));
  const [head, ...rows] = rowsOf(text.replace(/^\uFEFF/, ""), comma);
  const names = head?.cells.map((cell) => cell.trim().toLowerCase()) ?? [];
  return new Map(rows.map(({ line, cells }) => [line, Object.fromEntries(names.map((name, at) => [name, cells[at]?.trim() ?? ""]))]));
}

/** Rows with something in them, each with the line in which it begins. */
function rowsOf(text: string, comma: string): { line: number; cells: string[] }[] {
  const rows: { line: number; cells: string[] }[] = [];
  let [line, began, cell, quoted] = [1, 1, "", false];
  let cells: string[] = [];
  const end = () => {
    cells.push(cell);
    if (cells.some((one) => one.trim() !== "")) rows.push({ line: began, cells });
    [cells, cell] = [[], ""];
  };
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at];
    if (letter === "\n") line += 1;
    if (quoted && letter === '"' && text[at + 1] === '"') {
      cell += '"';
      at += 1;
    } else if (letter === '"' && (quoted || cell.trim() === "")) {
      quoted = !quoted;
    } else if (letter === comma && !quoted) {
      cells.push(cell);
      cell = "";
    } else if (letter === "\n" && !quoted) {
      end();
      began = line;
    } else if (letter !== "\r" || quoted) {
      cell += letter;
    }
  }
  end();
  return rows;
}
