/** What a client needs of its engine, wherever that runs: in this thread, or partly in another tab. */

import type { ClientHandle } from './handle/client.js'
import type { ClientOutput } from './handle/outputs.js'
import type { ClientConfig } from './handle/options.js'

/** What belongs to manual mode, where the host says the time and keeps the records. */
type Manual = 'persisted' | 'persistFailed' | 'setNow' | 'deadline' | 'drain'

/** What an engine wants done, or tells; records are its own business. @internal */
export type EngineOutput =
  | Exclude<ClientOutput, { kind: 'persist' | 'propose' | 'conflict' }>
  /** With `elsewhere`, another tab decides, unless listeners do. */
  | (Extract<ClientOutput, { kind: 'conflict' }> & { readonly elsewhere?: boolean })
  /** The number of an edit is another from now on: the tab that leads took it over. */
  | { kind: 'adopted'; room: number; proposal: number; draft: number }
  /** A conflict of which the application was told waits no more, and what came of it is told elsewhere, if at all. */
  | { kind: 'decided'; room: number; draft: number }
  /** What was in memory only is stored again. */
  | { kind: 'storageRestored' }
  /** A tab was given a newer token. */
  | { kind: 'token'; token: string }

/** An engine. @internal */
export interface ClientEngine extends Omit<Pick<ClientHandle, keyof ClientHandle>, Manual> {
  /** Takes all that is to be done, or is told, in order. */
  drain(): EngineOutput[]
  /** Where edits without a verdict are kept. */
  readonly storage: StorageState
  /** Says whether listeners here were asked about a conflict. Whether those of other tabs may be, so that nobody need give it up. */
  asked(room: number, draft: number, listeners: boolean): boolean
}

/**
 * Where edits without a verdict, and what was last known, are kept: in storage that survives, only in memory although the
 * application named a storage, or in memory because it named none. In a browser what a tab edits is in memory only until the
 * tab that leads has answered.
 */
export type StorageState = 'durable' | 'volatile' | 'none'

/** What an engine is made of. @internal */
export interface EngineParts {
  readonly config: ClientConfig
  /** The name of the storage, if the application gave one. */
  readonly storage: string | undefined
  /** Whether the tabs of a browser share one client. */
  readonly tabs: boolean | undefined
}
