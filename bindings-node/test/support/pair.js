// Two sockets of the standard's shape that are connected without a network, and can be made to stall.

class Side extends EventTarget {
  binaryType = 'blob'
  readyState = 1
  bufferedAmount = 0
  sent = 0
  closed = undefined
  stalled = false
  #held = []

  send(data) {
    this.sent += 1
    const copy = typeof data === 'string' ? data : new Uint8Array(data).slice().buffer
    if (this.stalled) {
      this.bufferedAmount += copy.byteLength ?? copy.length
      this.#held.push(copy)
    } else this.#pass(copy)
  }

  /** Lets go what was held. */
  release() {
    this.stalled = false
    this.bufferedAmount = 0
    for (const data of this.#held.splice(0)) this.#pass(data)
  }

  close(code = 1005, reason = '') {
    if (this.readyState >= 2) return
    this.closed = { code, reason }
    for (const side of [this, this.peer]) {
      side.readyState = 3
      queueMicrotask(() => side.dispatchEvent(Object.assign(new Event('close'), { code, reason })))
    }
  }

  #pass(data) {
    queueMicrotask(() => {
      if (this.peer.readyState === 1) this.peer.dispatchEvent(Object.assign(new Event('message'), { data }))
    })
  }
}

/** A class of sockets for a client; the other side of each is given to `accept`. */
export function pairs(accept) {
  return class extends Side {
    constructor(url) {
      super()
      this.url = url
      this.readyState = 0
      const far = new Side()
      far.peer = this
      this.peer = far
      queueMicrotask(() => {
        if (this.readyState !== 0) return
        this.readyState = 1
        this.dispatchEvent(new Event('open'))
        accept(far)
      })
    }
  }
}

/** A socket that is connected to nothing. */
export function lone() {
  const side = new Side()
  side.peer = new Side()
  side.peer.peer = side
  return side
}
