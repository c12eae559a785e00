/** Yjs with its own provider: one map of the document, whose values are plain JSON. */
import { IndexeddbPersistence } from 'y-indexeddb'
import { WebsocketProvider } from 'y-websocket'
import { Doc } from 'yjs'

export async function open(url, { room, durable }) {
  const doc = new Doc()
  const map = doc.getMap('bench')
  const storage = durable ? new IndexeddbPersistence(`bench-${room}`, doc) : undefined
  await storage?.whenSynced
  const provider = new WebsocketProvider(url, room, doc, { disableBc: true })
  return {
    ready: new Promise((resolve) => { provider.once('sync', resolve) }),
    set: (key, value) => { map.set(key, value) },
    get: (key) => map.get(key),
    size: () => map.size,
    hear: (listener) => { map.observe(({ keysChanged, transaction }) => { if (!transaction.local) listener([...keysChanged]) }) },
    // It does not say when somebody else has an edit.
    settled: () => Promise.resolve(),
    close: () => {
      provider.destroy()
      void storage?.destroy()
      doc.destroy()
    },
  }
}
