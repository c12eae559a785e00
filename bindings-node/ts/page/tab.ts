/** The handle of a client whose tabs follow each other: what one that leads, and one that follows, does beyond any other. */

import type { CodeName } from '../errors.js'
import { ClientHandle, number } from '../handle/client.js'
import type { ClientConfig } from '../handle/options.js'
import { environment } from '../handle/wakes.js'
import { tabs } from '../native.browser.js'
import { toJson } from '../value.js'

/** What became of an edit of a tab. */
export type ProposalFate =
  /** It was not handed to the one that leads. */
  | { readonly fate: 'unseen' }
  /** It has no verdict yet, or is in the room: as this draft. */
  | { readonly fate: 'pending' | 'applied'; readonly draft: number }
  | { readonly fate: 'refused'; readonly code: CodeName; readonly op: number }
  /** Nobody can know. */
  | { readonly fate: 'unknown' }

/** @internal */
export class TabHandle extends ClientHandle {
  /** One that leads, on what was stored. */
  static lead(config: ClientConfig, seed: Uint8Array, blobs: readonly Uint8Array[], now: number): TabHandle {
    return new TabHandle(TabHandle.made(config, seed, blobs, now))
  }

  /** One that follows, and knows nothing yet; `tab` is 16 hexadecimal digits that no other tab has. */
  static standby(config: ClientConfig, seed: Uint8Array, tab: string, now: number): TabHandle {
    return new TabHandle(tabs.standby(environment, toJson(config), seed, tab, now))
  }

  /** Takes a record of the one that leads, in order, or what stands for all before. */
  follow(bytes: Uint8Array, replace: boolean): void {
    tabs.follow(this[number], bytes, replace)
  }

  /** Everything as one blob, and the latest record that is in it: safe to hand on once that is stored. */
  snapshot(): { record: number; bytes: Uint8Array } {
    return tabs.snapshot(this[number])
  }

  /** Takes the edit of a tab, once; gives its draft. */
  adopt(tab: string, bytes: Uint8Array): number {
    return tabs.adopt(this[number], tab, bytes)
  }

  /** The one that leads could not take an edit: it is taken back. */
  withdraw(room: number, proposal: number, code: CodeName): void {
    tabs.withdraw(this[number], room, proposal, code)
  }

  /** Hands out again what is not known to have been taken. */
  proposeAgain(): void {
    tabs.proposeAgain(this[number])
  }

  /** What became of an edit of a tab, that was taken as this draft, or 0 if that is not known; or of a draft. */
  fate(room: number, tab: string, proposal: number, draft: number): ProposalFate {
    return tabs.fate(this[number], room, tab, proposal, draft)
  }

  /** A tab is gone for good. */
  forgetTab(tab: string): void {
    tabs.forgetTab(this[number], tab)
  }
}
