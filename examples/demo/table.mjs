// Columns of text, the first to the left and the others to the right.
export const table = rows => {
  const widths = rows[0].map((_, column) => Math.max(...rows.map(cells => cells[column].length)))
  const line = cells => cells.map((cell, column) => column ? cell.padStart(widths[column]) : cell.padEnd(widths[0])).join('  ')
  return rows.map(line).join('\n')
}
