/** How a node comes to another place and keeps what it has: focus, selection, how far it is scrolled. */

/** Newer browsers move a node without taking it out. */
interface Movable {
  moveBefore?(node: Node, next: Node | null): void
}

/** Where an element is scrolled to. */
type Scrolled = readonly [element: Element, left: number, top: number]

function scrolledIn(node: Node): Scrolled[] {
  if (node.nodeType !== 1) return []
  const element = node as Element
  return [element, ...element.querySelectorAll('*')].flatMap((each): Scrolled[] =>
    each.scrollLeft !== 0 || each.scrollTop !== 0 ? [[each, each.scrollLeft, each.scrollTop]] : [])
}

/** Moves a node within the page, in front of another one. @internal */
export function move(parent: Node, node: Node, next: Node | null): void {
  const { moveBefore } = parent as Movable
  if (moveBefore !== undefined && node.isConnected && parent.isConnected) {
    moveBefore.call(parent, node, next)
    return
  }
  const scrolled = node.isConnected ? scrolledIn(node) : []
  parent.insertBefore(node, next)
  for (const [element, left, top] of scrolled) element.scrollTo(left, top)
}

/** The focus and what is selected in it: gives what restores them. @internal */
export function focused(around: Element): () => void {
  const root = around.getRootNode() as Document | ShadowRoot
  const element = root.activeElement as HTMLInputElement | null
  if (element === null || !around.contains(element)) return () => {}
  const { selectionStart, selectionEnd, selectionDirection } = element
  return () => {
    if (root.activeElement === element || !element.isConnected) return
    element.focus({ preventScroll: true })
    if (selectionStart != null) element.setSelectionRange(selectionStart, selectionEnd, selectionDirection ?? undefined)
  }
}

/** Gives a text node another text, and leaves the caret, and what is selected, in the rest of it. @internal */
export function setText(node: Text, text: string): void {
  const before = node.data
  if (before === text) return
  const selection = node.ownerDocument.getSelection()
  const isIn = selection !== null && (selection.anchorNode === node || selection.focusNode === node || selection.containsNode(node, true))
  if (!isIn) {
    node.data = text
    return
  }
  const most = Math.min(before.length, text.length)
  let [start, end] = [0, 0]
  while (start < most && before[start] === text[start]) start += 1
  while (end < most - start && before[before.length - 1 - end] === text[text.length - 1 - end]) end += 1
  node.replaceData(start, before.length - start - end, text.slice(start, text.length - end))
}
