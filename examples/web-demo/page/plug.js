// The plug of the network: a class of sockets that can all be pulled out, and put back in.
const sockets = new Set()
const KEY = 'unplugged'

// A reload is no reason to be back.
export const isIn = () => sessionStorage.getItem(KEY) === null

export class PluggedSocket extends WebSocket {
  constructor(url) {
    if (!isIn()) throw new Error('the network is pulled out')
    super(url)
    sockets.add(this)
    this.addEventListener('close', () => sockets.delete(this))
  }
}

export const pullOut = () => {
  sessionStorage.setItem(KEY, 'yes')
  for (const socket of sockets) socket.close()
}

export const putIn = () => sessionStorage.removeItem(KEY)
