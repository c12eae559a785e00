// The network between a client and the server: it can be cut, and it can be down.
import { connect, createServer } from 'node:net'
import { once } from 'node:events'

export class Wire {
  #pairs = new Set()
  #server
  #target

  // A port of its own that leads to the port which `target` says at the moment.
  static async to(target) {
    const wire = new Wire()
    wire.#target = target
    wire.down = false
    wire.#server = createServer(near => wire.#join(near)).listen(0, '127.0.0.1')
    await once(wire.#server, 'listening')
    wire.port = wire.#server.address().port
    return wire
  }

  #join(near) {
    if (this.down) return near.destroy()
    const far = connect(this.#target(), '127.0.0.1')
    const pair = [near, far]
    this.#pairs.add(pair)
    for (const socket of pair) {
      socket.setNoDelay(true)
      socket.on('error', () => {}) // its end follows
      socket.on('close', () => this.#end(pair))
    }
    near.pipe(far)
    far.pipe(near)
  }

  #end(pair) {
    if (this.#pairs.delete(pair)) for (const socket of pair) socket.destroy()
  }

  // Everything that is on its way is lost.
  cut() {
    for (const pair of [...this.#pairs]) this.#end(pair)
  }

  // Takes nothing from the server, as a client that stands still; and goes on.
  hold() {
    for (const [near, far] of this.#pairs) far.unpipe(near).pause()
  }

  flow() {
    for (const [near, far] of this.#pairs) far.pipe(near)
  }

  close() {
    this.cut()
    this.#server.close()
  }
}
