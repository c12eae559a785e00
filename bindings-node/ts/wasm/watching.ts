/** The functions of clients that watch views, over the C ABI of an instance that has them. */

import { errorOf, SynclineError } from '../errors.js'
import { counter } from '../handle/number.js'
import { find } from '../native.browser.js'
import type { WatchingBackend } from '../view/watched.js'
import type { Call } from './instance.js'

/** A function of the instance in which the client is, and what it begins with. */
function begin(client: number, name: string): { e: ReturnType<typeof find>['engine']; call: Call; place: number } {
  const { engine: e, place } = find(client)
  if (!e.has(name)) throw errorOf('NotFound', 'an engine with views: import syncline/views before connect', 'one without')
  return { e, call: e.begin().call(name), place }
}

function text(client: number, name: string, view: number): string {
  const { e, call, place } = begin(client, name)
  e.ok(call(place, counter(view, 'view'), e.buffer, e.error))
  return e.takeText()
}

/** @internal */
export const backend: WatchingBackend = {
  clientWatch: (client, room, view) => {
    const { e, call, place } = begin(client, 'syncline_client_watch')
    try {
      e.ok(call(place, counter(room, 'room'), e.text(view), e.length, e.number, e.error))
    } catch (error) {
      if (!(error instanceof SynclineError && error.code === 'WrongMode')) throw error
      throw errorOf('WrongMode', 'a client of this tab alone, without storage or with tabs: false', 'one that tabs share')
    }
    return e.u32(e.number)
  },
  clientUnwatch: (client, view) => {
    const { e, call, place } = begin(client, 'syncline_client_unwatch')
    e.ok(call(place, counter(view, 'view'), e.error))
  },
  clientViewChange: (client, view) => {
    const { e, call, place } = begin(client, 'syncline_client_view_change')
    return e.ok(call(place, counter(view, 'view'), e.buffer, e.error)) ? e.takeBytes() : undefined
  },
  clientViewHtml: (client, view) => text(client, 'syncline_client_view_html', view),
  clientViewMetrics: (client, view) => text(client, 'syncline_client_view_metrics', view),
}
