// How a socket of `ws` fares that somebody opens.

/** What becomes of a socket: `open`, or how it ends. */
export function outcome(socket) {
  return new Promise((resolve) => {
    socket.on('open', () => resolve('open'))
    socket.on('unexpected-response', (_, { statusCode }) => resolve(statusCode))
    socket.on('close', (code) => resolve(code))
    socket.on('error', () => {})
  })
}
