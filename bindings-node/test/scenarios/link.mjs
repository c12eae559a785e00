/** A connection as the network has it: the frames that are under way, and who is still there. */

/** What is done in vain: the scenario is wrong, or a check fails. */
export class Vain extends Error {}

/** One connection between a client and the server. */
export class Link {
  /** On their way to the server. */
  up = []
  /** On their way to the client. */
  down = []
  /** The server does not want to read. */
  paused = false
  /** The client ended it; what it sent before still arrives. */
  clientLeft = false
  /** The server ended it; what it sent before still arrives. */
  serverLeft = false
  /** The server is not told that its frames have left. */
  slow = false
  /** Frames have left and the server was not told. */
  owes = false

  constructor(conn) {
    this.conn = conn
  }
}

const NAMES = new Map([
  [1, 'hello'],
  [2, 'presence'],
  [3, 'welcome'],
  [4, 'goaway'],
  [5, 'join'],
  [6, 'ping'],
  [7, 'joined'],
  [8, 'watch'],
  [9, 'denied'],
  [10, 'show'],
  [11, 'push'],
  [12, 'unwatch'],
  [13, 'delta'],
  [15, 'leave'],
  [17, 'auth'],
  [19, 'fault'],
])

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Bytes as digits. */
const hex = (frame) => Array.from(frame, (byte) => byte.toString(16).padStart(2, '0')).join('')

/** How a frame looks in a line: text as it is, anything else by its message's name and as digits. */
export function shown(frame) {
  if (frame[0] === 0x7b) {
    try {
      return decoder.decode(frame)
    } catch {
      // Not text after all.
    }
  }
  if (frame.length === 0) return 'empty'
  return `${NAMES.get(frame[0]) ?? 'unknown'} ${hex(frame)}`
}

/** The bytes of a frame as a step gives them: text that begins with a brace, or digits. */
export function bytes(word) {
  if (word.startsWith('{')) return new TextEncoder().encode(word)
  if (!/^([0-9a-f]{2})*$/i.test(word)) throw new Vain(`${word}: no digits of bytes`)
  return Uint8Array.from(word.match(/../g) ?? [], (digits) => parseInt(digits, 16))
}
