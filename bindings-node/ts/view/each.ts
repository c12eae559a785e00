/** Lists whose items have keys. */

/** What tells an item of a list from the others. */
export type Key = string | number

/** Tells a node without a key from the others that have none: by its number among them. @internal */
export class Nth {
  declare readonly isNth: true
}

/** What tells a node of a list from the others. @internal */
export type Mark = Key | Nth

/** Tells an item from the others. @internal */
export type KeyOf = (item: unknown, index: number) => Mark
/** Shows an item. @internal */
export type Render = (item: unknown, index: number) => unknown

/** A list of a view: its items, and how each is told from the others and shown. */
export class Each {
  /** The items, in their order. */
  readonly items: readonly unknown[]
  /** @internal */
  readonly key: KeyOf
  /** @internal */
  readonly render: Render

  /** @internal */
  constructor(items: readonly unknown[], key: KeyOf, render: Render) {
    this.items = items
    this.key = key
    this.render = render
  }
}

// The functions of lists are called from here only: a loop around such a call would be compiled for the one function
// that it meets first, and thrown away in the next render, which brings another.

/** The key of an item. @internal */
export function keyOf(key: KeyOf, item: unknown, index: number): Mark {
  return key(item, index)
}

/** What an item shows. @internal */
export function show(render: Render, item: unknown, index: number): unknown {
  return render(item, index)
}

/**
 * Shows the items of a list: those with the same key are the same, wherever they stand.
 *
 * Of items with equal keys the first counts; the others may be made anew. The functions run during the render, and not
 * always in the order of the items.
 */
export function each<T>(
  items: Iterable<T>,
  key: (item: T, index: number) => Key,
  render: (item: T, index: number) => unknown,
): Each {
  return new Each(
    Array.isArray(items) ? (items as readonly unknown[]) : Array.from(items),
    key as KeyOf,
    render as Render,
  )
}
