/** What one would write by hand: a Map, and a message of JSON for each edit. No versions, no verdicts, no queue for when it is offline. */
export async function open(url, { room }) {
  const map = new Map()
  const listeners = []
  const socket = new WebSocket(`${url}/${room}`)
  const ready = new Promise((resolve) => {
    socket.addEventListener('message', ({ data }) => {
      const message = JSON.parse(data)
      if (message.state !== undefined) {
        for (const [key, value] of message.state) map.set(key, value)
        resolve()
        return
      }
      map.set(message.key, message.value)
      for (const listener of listeners) listener([message.key])
    })
  })
  return {
    ready,
    set: (key, value) => {
      map.set(key, value)
      socket.send(JSON.stringify({ key, value }))
    },
    get: (key) => map.get(key),
    size: () => map.size,
    hear: (listener) => { listeners.push(listener) },
    settled: () => Promise.resolve(),
    close: () => { socket.close() },
  }
}
