/** Whom a change of a page concerns: one observer for each document and shadow root, however many elements are watched in it. */

import { invalid } from '../refusal.js'
import { classesOf, documentOf, type MutationObserverShape, type MutationShape, type RootShape } from './shape.js'

/** What changed in a tree. @internal */
export interface TreeChange {
  /** Whether nodes came or went. */
  readonly structural: boolean
  /** The attributes that changed, of any element. */
  readonly names: ReadonlySet<string>
}

/** Who wants to know of changes. @internal */
export interface Watcher {
  /** The attributes that count; `undefined` is all. */
  readonly names: readonly string[] | undefined
  /** The tree is another. */
  handleTree(change: TreeChange): void
  /** The element that was bound to the watcher is another, or its children are. */
  touch(): void
}

/** Trees by their roots, and watchers by their elements: both end with the page's own objects. */
const trees = new WeakMap<object, Tree>()
const bound = new WeakMap<object, Set<Watcher>>()

/** Tells a watcher of the changes of an element. @internal */
export function bind(element: object, watcher: Watcher): void {
  const watchers = bound.get(element)
  if (watchers === undefined) bound.set(element, new Set([watcher]))
  else watchers.add(watcher)
}

/** Takes {@link bind} back. @internal */
export function unbind(element: object, watcher: Watcher): void {
  const watchers = bound.get(element)
  watchers?.delete(watcher)
  if (watchers?.size === 0) bound.delete(element)
}

/**
 * The watchers of one document or shadow root.
 *
 * Only the root is registered, never an element: those that leave the page are held by nobody here, and forgetting one is
 * no work for the others.
 *
 * @internal
 */
export class Tree {
  readonly #root: WeakRef<RootShape>
  readonly #observer: MutationObserverShape
  readonly #watchers = new Set<Watcher>()
  /** How many watchers want an attribute, by its name. */
  readonly #wanted = new Map<string, number>()
  /** How many want all. */
  #all = 0
  /** What the observer was told last. */
  #told: string | undefined

  private constructor(root: RootShape) {
    const { MutationObserver } = classesOf(documentOf(root))
    if (MutationObserver === undefined) throw invalid('a page with MutationObserver', 'none')
    this.#root = new WeakRef(root)
    this.#observer = new MutationObserver((records) => {
      this.#take(records)
    })
  }

  /** The tree of a root, which there is as long as somebody watches it. */
  static of(root: RootShape): Tree {
    const known = trees.get(root)
    if (known !== undefined) return known
    const tree = new Tree(root)
    trees.set(root, tree)
    return tree
  }

  add(watcher: Watcher): void {
    if (this.#watchers.has(watcher)) return
    this.#watchers.add(watcher)
    this.#count(watcher, 1)
    this.#tune()
  }

  remove(watcher: Watcher): void {
    if (!this.#watchers.delete(watcher)) return
    this.#count(watcher, -1)
    if (this.#watchers.size > 0) return this.#tune()
    this.#observer.disconnect()
    const root = this.#root.deref()
    if (root !== undefined) trees.delete(root)
  }

  #count({ names }: Watcher, by: 1 | -1): void {
    if (names === undefined) this.#all += by
    for (const name of names ?? []) {
      const count = (this.#wanted.get(name) ?? 0) + by
      if (count > 0) this.#wanted.set(name, count)
      else this.#wanted.delete(name)
    }
  }

  /** Asks for the attributes that somebody wants, and for no others. */
  #tune(): void {
    const names = this.#all > 0 ? undefined : [...this.#wanted.keys()].sort()
    const told = names === undefined ? 'all' : JSON.stringify(names)
    const root = this.#root.deref()
    if (told === this.#told || root === undefined) return
    this.#told = told
    const attributes = names === undefined ? { attributes: true } : names.length > 0 ? { attributeFilter: names } : {}
    this.#observer.observe(root, { subtree: true, childList: true, ...attributes })
  }

  #take(records: readonly MutationShape[]): void {
    const touched = new Set<Watcher>()
    const names = new Set<string>()
    let structural = false
    for (const { type, target, attributeName: name } of records) {
      if (type === 'attributes' && name !== null) {
        names.add(name)
        for (const watcher of bound.get(target) ?? []) if (watcher.names?.includes(name) ?? true) touched.add(watcher)
      } else {
        structural = true
        // Children of the one are grandchildren of the other.
        for (const watcher of bound.get(target) ?? []) touched.add(watcher)
        for (const watcher of (target.parentNode && bound.get(target.parentNode)) ?? []) touched.add(watcher)
      }
    }
    for (const watcher of touched) watcher.touch()
    for (const watcher of [...this.#watchers]) watcher.handleTree({ structural, names })
  }
}

/** The trees that a watcher is in. @internal */
export class Places {
  readonly #watcher: Watcher
  #trees: ReadonlySet<Tree> = new Set()

  constructor(watcher: Watcher) {
    this.#watcher = watcher
  }

  /** Whether these roots are watched, and no others. */
  are(roots: ReadonlySet<RootShape>): boolean {
    return roots.size === this.#trees.size && Array.from(roots, (root) => trees.get(root)).every((tree) => tree !== undefined && this.#trees.has(tree))
  }

  /** Watches these roots; those of before too, if what is watched may come back to them. */
  set(roots: ReadonlySet<RootShape>, mayReturn = false): void {
    const before = this.#trees
    this.#trees = new Set([...(mayReturn ? before : []), ...Array.from(roots, (root) => Tree.of(root))])
    for (const tree of this.#trees) tree.add(this.#watcher)
    for (const tree of before) if (!this.#trees.has(tree)) tree.remove(this.#watcher)
  }
}
