/** Which client the components below a provider use. */

import { createContext, useContext } from 'react'

import type { Client } from '../client.js'
import { invalid } from '../refusal.js'

/** What a provider gives. Another object whenever the client is another. @internal */
export interface Given {
  /** Without one while it is being made. */
  readonly client?: Client
  /** Why there will be none. */
  readonly failure?: { readonly thrown: unknown }
}

/** @internal */
export const Clients = createContext<Given | undefined>(undefined)

/** The client of the provider, if there is one around. @internal */
export function useGiven(hook: string, needed: boolean): Client | undefined {
  const given = useContext(Clients)
  if (given === undefined && needed) throw invalid(`${hook} below a SynclineProvider, or with an open room`, 'neither')
  return given?.client
}

/**
 * The client of the `SynclineProvider` around; `undefined` while it is being made, and on a server if the provider makes it.
 *
 * Throws `InvalidArgument` without a provider.
 *
 * @example const client = useClient()
 */
export function useClient(): Client | undefined {
  const given = useContext(Clients)
  if (given === undefined) throw invalid('useClient below a SynclineProvider', 'none around')
  return given.client
}
