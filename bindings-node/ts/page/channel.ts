/** How what tabs say to each other crosses, and how one that misses something finds out. */

import { entropy } from './lead.js'
import type { Message, TabId } from './messages.js'

/** The language of the messages: what is said in another one, such as by a tab of another release, is not heard. */
const LANGUAGE = 1

/** Most tabs whose messages are counted, so that those that are gone do not add up. */
const TABS_MOST = 1_000

/** A message on its way. */
interface Letter {
  readonly language: typeof LANGUAGE
  /** How many this sender has sent. */
  readonly count: number
  readonly message: Message
}

/** Who hears of messages. @internal */
export interface ChannelHost {
  hear(message: Message): void
  /** Something that a tab said did not arrive. */
  missed(from: TabId): void
}

type WithoutSender<M> = M extends unknown ? Omit<M, 'from'> : never

/** Anybody in the page may post to the channel. */
function asLetter(data: unknown): Letter | undefined {
  if (typeof data !== 'object' || data === null) return undefined
  const { language, count, message } = data as Partial<Letter>
  if (language !== LANGUAGE || !Number.isSafeInteger(count) || typeof message !== 'object' || (message as unknown) === null) return undefined
  return typeof message.is === 'string' && typeof message.from === 'string' ? (data as Letter) : undefined
}

/**
 * The channel of the tabs of one client. What a tab says is heard in its order, also in that tab itself: at once there.
 *
 * @internal
 */
export class TabChannel {
  /** The name of this tab. */
  readonly tab: TabId
  readonly #channel: BroadcastChannel
  readonly #host: ChannelHost
  #sent = 0
  /** How many messages of each tab were heard. */
  readonly #heard = new Map<TabId, number>()

  constructor(name: string, host: ChannelHost) {
    this.tab = [...entropy().subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
    this.#host = host
    this.#channel = new BroadcastChannel(name)
    this.#channel.onmessage = ({ data }: MessageEvent<unknown>) => { this.#receive(data) }
  }

  #receive(data: unknown): void {
    const letter = asLetter(data)
    if (letter === undefined) return
    const { count, message } = letter
    const before = this.#heard.get(message.from)
    // It came twice, or late: what came instead was missed then.
    if (before !== undefined && count <= before) return
    // Whoever spoke last comes last.
    this.#heard.delete(message.from)
    this.#heard.set(message.from, count)
    if (this.#heard.size > TABS_MOST) this.#heard.delete(this.#heard.keys().next().value ?? '')
    if (before !== undefined && count !== before + 1) this.#host.missed(message.from)
    this.#hear(message)
  }

  #hear(message: Message): void {
    if (!('to' in message) || message.to === undefined || message.to === this.tab) this.#host.hear(message)
  }

  /** Says something to this tab and, if others are there that it may concern, to them. */
  say(said: WithoutSender<Message>, others = true): void {
    const message = { ...said, from: this.tab } as Message
    if (others && !('to' in message && message.to === this.tab)) {
      this.#sent += 1
      this.#channel.postMessage({ language: LANGUAGE, count: this.#sent, message } satisfies Letter)
    }
    this.#hear(message)
  }

  close(): void {
    this.#channel.close()
  }
}
