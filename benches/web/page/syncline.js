/** The engine in the page: edits are kept until they have a verdict, here in IndexedDB or in memory. */
import { connect } from '/syncline/index.js'

export async function open(url, { room: name, durable, now }) {
  const client = await connect(url, {
    token: 'bench',
    ...(durable && { storage: `bench-${name}` }),
    ...(now && { debounce: { max_edits: 1 } }),
  })
  const room = client.room(name)
  return {
    ready: room.ready,
    set: (key, value) => { room.set(key, value) },
    get: (key) => room.get(key),
    size: () => room.keys().length,
    hear: (listener) => { room.on('change', ({ keys, origin }) => { if (origin === 'remote') listener(keys) }) },
    settled: () => client.flush(),
    close: () => { client.close() },
  }
}
