/** A view: what is rendered, and what screens are told of it. */

import { randomBytes } from 'node:crypto'

import { dispose } from '../dispose.js'
import { number } from '../handle/client.js'
import { environment, forget, watch } from '../handle/wakes.js'
import { backend } from '../native.js'
import { checkNames, closed, invalid } from '../refusal.js'
import { checkText } from '../value.js'
import { Shadow, type Shown } from './shadow.js'
import { Statics } from './statics.js'
import { told } from './told.js'

/** What a screen shows: a revision of one epoch of a view. */
export interface Cursor {
  /** 16 hexadecimal digits. */
  readonly epoch: string
  /** Zero before anything is shown. */
  readonly revision: number
}

/** How a view is made. */
export interface ViewOptions {
  /** 16 hexadecimal digits, which are drawn at random by default: under another epoch nothing is as before. */
  readonly epoch?: string
}

/** What a screen shows that shows nothing. */
const NOTHING: Cursor = { epoch: '0'.repeat(16), revision: 0 }
/** Bytes of a tree up to which no other text is too much. */
const ROOMY = 1 << 24
/** Bytes of frames that are copied out of one place. */
const FRAME_BYTES = 1 << 16

const frames = new Uint8Array(FRAME_BYTES)

/**
 * What is rendered, and what screens are told of it.
 *
 * A render is compared with the one before, and only what differs is told to the engine. Renders that only change texts
 * are told when somebody asks, several as one revision. A screen is a cursor, not a queue: whoever asks seldom has one
 * frame to the latest revision. Every method throws a `SynclineError`, and then nothing is changed: `Closed` after
 * `close`.
 *
 * @example
 * const view = new View('counter')
 * view.render(html`<p>Count: ${1}</p>`)
 * screen.take(view.frame(screen.cursor))
 */
export class View {
  /** Its name. */
  readonly name: string
  readonly #number: number
  readonly #epoch: string
  readonly #shadow: Shadow
  #isOpen = true
  /** Bytes of the tree when it was told last. */
  #size = 0

  /** @throws {SynclineError} `InvalidArgument` for an epoch that is none. */
  constructor(name: string, options: ViewOptions = {}) {
    checkNames('options of a view', options, ['epoch'])
    this.name = checkText(name, 'name')
    this.#epoch = checkText(options.epoch ?? randomBytes(8).toString('hex'), 'epoch')
    const own = backend.viewNew(environment, name, this.#epoch)
    this.#number = own
    watch(this, () => backend.viewFree(own))
    const statics = new Statics({
      template(strings) {
        const [id = 0, ...slots] = backend.viewTemplate(own, strings)
        return { id, slots }
      },
      tag: (name) => backend.viewTag(own, checkText(name, 'the name of an element')),
      attribute: (name) => backend.viewAttribute(own, checkText(name, 'the name of an attribute')),
      harmless: (name, value) => backend.viewHarmless(name, value),
      bind: (json) => backend.viewBind(own, json),
      tell: (binding, json, kind) => backend.viewTell(own, binding, json, kind),
    })
    this.#shadow = new Shadow(statics)
  }

  /** Under which number the backend knows it. @internal */
  get [number](): number {
    return this.#number
  }

  /** Under which number the backend knows it, with all that was rendered told. @internal */
  [told](): number {
    this.#tell()
    return this.#number
  }

  /**
   * Shows from now on what `html` or `h` gave, or nothing; gives whether that is something else.
   *
   * @throws {SynclineError} `InvalidArgument` with the place for values that cannot be there and for templates that are
   * no markup, `InvalidName`, and the limits of trees.
   */
  render(value: Shown): boolean {
    this.#check()
    const { drafts, isKnown } = this.#shadow
    if (!this.#shadow.render(value)) return false
    if (drafts.isLight && this.#size < ROOMY) return true
    const isOther = this.#tell()
    return isKnown || isOther
  }

  /**
   * Shows from now on the tree that JSON text tells; gives whether that is another one.
   *
   * @throws {SynclineError} `InvalidJson` with the place, `InvalidArgument` for what is no tree, `InvalidName`, and the
   * limits of trees.
   */
  renderJson(json: string): boolean {
    this.#tell()
    const isOther = backend.viewRenderJson(this.#number, checkText(json, 'JSON'))
    if (isOther) this.#shadow.forget(backend.viewRoots(this.#number))
    return isOther
  }

  /** What a screen shows that is up to date; revision zero before anything was rendered. */
  get cursor(): Cursor {
    this.#tell()
    return { epoch: this.#epoch, revision: backend.viewRevision(this.#number) }
  }

  /**
   * What a screen is told that shows this, or nothing: one patch while its revision is known, else all of it. Without
   * anything new there are no bytes.
   */
  frame(from: Cursor = NOTHING): Uint8Array {
    this.#tell()
    const told = backend.viewFrame(this.#number, epochOf(from), from.revision, frames)
    return typeof told === 'number' ? frames.slice(0, told) : told
  }

  /** The same as JSON text, for people. */
  frameJson(from: Cursor = NOTHING): string {
    this.#tell()
    return backend.viewFrameJson(this.#number, epochOf(from), from.revision)
  }

  /** What it shows, as HTML. */
  html(): string {
    this.#tell()
    return backend.viewHtml(this.#number)
  }

  /** What it shows, as JSON text. */
  json(): string {
    this.#tell()
    return backend.viewJson(this.#number)
  }

  /** Ends the view; what it showed stays with its screens. Once more does nothing. */
  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    forget(this, this.#number)
    backend.viewFree(this.#number)
  }

  /** The same as `close`, for `using`. */
  [dispose](): void {
    this.close()
  }

  #check(): void {
    if (!this.#isOpen) throw closed('an open view')
  }

  /** Tells the engine what was rendered since it was told; gives whether that is something else. */
  #tell(): boolean {
    this.#check()
    const { drafts } = this.#shadow
    if (drafts.isEmpty) return false
    const { bytes, lengths, settled } = drafts.take()
    try {
      const told = backend.viewAbsorb(this.#number, bytes, lengths)
      this.#size = Math.floor(told / 2)
      return told % 2 === 1
    } catch (error) {
      // What was rendered before is right nevertheless.
      if (settled > 0) backend.viewAbsorb(this.#number, bytes, lengths.slice(0, settled))
      this.#shadow.forget(backend.viewRoots(this.#number))
      throw error
    }
  }
}

function epochOf(cursor: Cursor): string {
  if (typeof cursor !== 'object' || cursor === null) throw invalid('a cursor', `a value of type ${typeof cursor}`)
  return checkText(cursor.epoch, 'epoch')
}
