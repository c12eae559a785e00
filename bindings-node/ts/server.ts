/** A server: who comes in, what is passed to which socket, and its end. */

import { Anchor } from './anchor.js'
import { type Authorize, Door } from './authorize.js'
import { asyncDispose, dispose } from './dispose.js'
import { type FlightStatus, ServerHandle, type ServerConfig, type ServerMetrics, type ServerOutput } from './handle.js'
import { ServerRoom } from './hosted.js'
import { emit, Events, unhook } from './listeners.js'
import { Log, type LogHook } from './log.js'
import { Operations } from './operations.js'
import { pick } from './options.js'
import { checkNames, checkType, closed, invalid } from './refusal.js'
import { checkViews, Shows, type Views } from './shows.js'
import { SERVER_EVENTS, type ServerEvents, Teller } from './teller.js'
import { closeSocket } from './transport/connection.js'
import { type Address, listen, type ListenerOptions, refuse, Upgrader } from './transport/listener.js'
import type { Duplex, IncomingMessage } from './transport/node.js'
import { asOrigins, type HandshakeRequest, type Origins } from './transport/origin.js'
import { lacks, type ServerSocket } from './transport/shape.js'
import { Sockets } from './transport/sockets.js'
import { checkText } from './value.js'

/** What the engine takes as it is. */
type Passed = Pick<ServerConfig, 'policy' | 'codecs' | 'limits' | 'timing' | 'watch' | 'digest_always' | 'flight' | 'flight_bytes'>

/** How a server behaves. */
export interface ServerOptions<R extends HandshakeRequest = IncomingMessage> extends Passed {
  /** Decides who may do what; without an answer nobody may do anything. */
  authorize: Authorize<R>
  /** The directory of the rooms, made if it is not there; without it, rooms live in memory. */
  storage?: string | undefined
  /** Milliseconds that `authorize` has to answer before the room is denied with `Unavailable`; 30,000 by default. */
  authorizeTimeout?: number | undefined
  /** Which web pages may connect: exact origins, or `'*'`. By default those of the same host. */
  origins?: Origins | undefined
  /**
   * What its rooms show: by name a function that renders a view, or one function for all. It is called when somebody watches
   * the view and whenever the room changes, once for many changes.
   */
  views?: Views | undefined
  /** Milliseconds that a view has to be rendered before it counts as failed; 30,000 by default. What comes later is ignored. */
  viewTimeout?: number | undefined
  /** Takes records about the course of things. */
  log?: LogHook | undefined
}

const PASSED = ['policy', 'codecs', 'limits', 'timing', 'watch', 'digest_always', 'flight', 'flight_bytes'] as const
const NAMES = [...PASSED, 'authorize', 'authorizeTimeout', 'storage', 'origins', 'views', 'viewTimeout', 'log']

/** Milliseconds that `authorize` has to answer. */
const AUTHORIZE_MS = 30_000
/** Milliseconds that a view has to be rendered. */
const VIEW_MS = 30_000
/** Milliseconds after which a server that winds down ends in any case. */
const WIND_DOWN_MS = 5_000
/** The longest delay that a timer takes, in milliseconds. */
const LONGEST_MS = 2 ** 31 - 1

/** A server with its rooms. Sockets are attached to it, or it listens by itself. */
export class Server<R extends HandshakeRequest = IncomingMessage>
  extends Events<ServerEvents>
  implements Disposable, AsyncDisposable
{
  readonly #handle: ServerHandle
  readonly #origins: Origins | undefined
  readonly #log: Log
  readonly #anchor = new Anchor()
  readonly #operations = new Operations()
  readonly #sockets: Sockets<R>
  readonly #door: Door<R>
  readonly #teller: Teller
  readonly #shows: Shows
  readonly #listeners = new Set<() => Promise<void>>()
  readonly #most: number
  #upgrader: Upgrader | undefined
  #pumping = false
  #end: Error | undefined
  #closing: Promise<void> | undefined

  /** Opens the storage. Throws `StorageInUse`, and `InvalidArgument` for options that are not what they are to be. */
  constructor(options: ServerOptions<R>) {
    checkOptions(options)
    const log = new Log(options.log)
    super(SERVER_EVENTS, log)
    this.#log = log
    this.#origins = asOrigins(options.origins)
    this.#handle = ServerHandle.automatic({ watch: true, views: options.views !== undefined, ...pick(options, PASSED) }, options.storage)
    this.#most = this.#handle.limits().frame_bytes
    this.#teller = new Teller(this.#operations, log, (name, event) => {
      this[emit](name, event)
    })
    this.#shows = new Shows(options.views, Math.min(options.viewTimeout ?? VIEW_MS, LONGEST_MS), {
      handle: this.#handle,
      operations: this.#operations,
      log,
      failed: (event) => {
        this[emit]('viewFailed', event)
      },
    })
    this.#door = new Door(options.authorize, this.#handle, log, Math.min(options.authorizeTimeout ?? AUTHORIZE_MS, LONGEST_MS))
    const pump = (): void => {
      this.#pump()
    }
    const left = (conn: number): void => {
      this.#door.forget(conn)
    }
    this.#sockets = new Sockets({ handle: this.#handle, log, most: this.#most, origins: this.#origins, pump, left })
    this.#handle.setWake(pump)
  }

  /** @internal */
  protected assertOpen(): void {
    if (this.#end !== undefined) throw closed('an open server')
  }

  /**
   * Attaches an open WebSocket: one of `ws`, or of the standard's shape. Returns the number of the connection, or nothing if
   * the request comes from a web page that may not connect: then the socket is closed with 1008.
   *
   * Without a request nobody knows where the socket comes from: it is refused unless `origins` is `'*'`. After the close of
   * the server the socket is closed with 1001.
   */
  attach(socket: ServerSocket, request?: R): number | undefined {
    if (this.#end !== undefined) {
      if (lacks(socket).length === 0) closeSocket(socket, 1001, 'ShuttingDown')
      return undefined
    }
    return this.#sockets.attach(socket, request)
  }

  /** Takes over a handshake of the application's own HTTP server, for its event `upgrade`; after the close it is answered by 503. */
  upgrade(request: R & IncomingMessage, socket: Duplex, head: Uint8Array): void {
    if (this.#end !== undefined) {
      refuse(socket, '503 Service Unavailable')
      return
    }
    this.#upgrader ??= new Upgrader(this.#parts())
    this.#upgrader.upgrade(request, socket, head)
  }

  /** Listens for WebSockets, on a port of its own or with an HTTP server, and resolves with the address. */
  async listen(options: ListenerOptions = {}): Promise<Address> {
    this.assertOpen()
    checkNames('options of listen', options, ['port', 'host', 'path', 'server'])
    const [address, close] = await listen(options, this.#parts())
    if (this.#end !== undefined) {
      await close()
      throw this.#end
    }
    this.#listeners.add(close)
    return address
  }

  /** A room, to read and write as the host. */
  room(name: string): ServerRoom {
    this.assertOpen()
    return new ServerRoom(name, {
      handle: this.#handle,
      operations: this.#operations,
      assertOpen: () => {
        this.assertOpen()
      },
      during: (promise) => this.#anchor.during(promise),
    })
  }

  /**
   * What a view of a room shows now, as HTML for a page that is sent before it is connected: there `mount` takes it over.
   *
   * Who may see that is the host's to know. Rejected with `NotFound` if there is no such view, with what opening a room is rejected
   * with, and with what the view's function throws.
   */
  async html(room: string, view: string): Promise<string> {
    this.assertOpen()
    const rendered = this.#shows.html(checkText(room, 'room'), checkText(view, 'view'))
    this.#pump()
    return this.#anchor.during(rendered)
  }

  /** Whether the server was closed. */
  get closed(): boolean {
    return this.#end !== undefined
  }

  /** The names of the rooms that are open. */
  rooms(): string[] {
    this.assertOpen()
    return this.#handle.rooms().map(([, name]) => name)
  }

  /**
   * Takes back all that was granted to a principal: it is out of every room, as `Forbidden`, until its client has a newer token. What
   * `authorize` was asked before is asked again if the answer names it.
   */
  revoke(principal: string): void {
    this.assertOpen()
    this.#handle.revoke(principal)
  }

  /** What was counted since the server was made. */
  metrics(): ServerMetrics {
    this.assertOpen()
    return this.#handle.metrics()
  }

  /** The same in the text format of Prometheus, with these labels on every sample. */
  prometheus(labels: Readonly<Record<string, string>> = {}): string {
    this.assertOpen()
    return this.#handle.prometheus(labels)
  }

  /** How far the recording is that the option `flight` asked for; without that, `undefined`. */
  flight(): FlightStatus | undefined {
    this.assertOpen()
    return this.#handle.flight()
  }

  /**
   * Ends as `shutdown` does, but first tells everyone what became of all that was accepted. Nothing more is read, and what clients send
   * comes again when they are back. It ends when all have taken that, or after `within` milliseconds; then the promise is resolved.
   */
  async windDown({ within = WIND_DOWN_MS, retryAfter = 0 }: { readonly within?: number; readonly retryAfter?: number } = {}): Promise<void> {
    this.assertOpen()
    this.#handle.windDown(retryAfter, within)
    this.#pump()
    await this.#anchor.during(this.#sockets.empty())
  }

  /** Says good-bye to every connection, asks them to come back after these milliseconds, and closes every room that is not in use. */
  shutdown(retryAfter = 0): void {
    this.assertOpen()
    this.#handle.shutdown(retryAfter)
    this.#pump()
  }

  /**
   * Ends the server: everyone is told, and what was accepted is durable before this returns its promise.
   *
   * The promise is resolved when its own listeners are closed. Operations that wait are rejected with `ClosedError`. A
   * second call returns the same promise.
   */
  close(): Promise<void> {
    if (this.#closing !== undefined) return this.#closing
    this.#pump()
    this.#handle.shutdown(0)
    this.#pump()
    this.#handle.close()
    const error = closed('an open server')
    this.#end = error
    this.#operations.end(error)
    this.#door.end()
    this.#shows.end()
    this.#sockets.end()
    this[unhook]()
    this.#closing = Promise.all([...this.#listeners].map((close) => close())).then(() => {})
    return this.#closing
  }

  [dispose](): void {
    void this.close()
  }

  [asyncDispose](): Promise<void> {
    return this.close()
  }

  #parts() {
    return {
      most: this.#most,
      origins: this.#origins,
      attach: (socket: ServerSocket, request: IncomingMessage) => {
        this.attach(socket, request as unknown as R)
      },
      refused: () => {
        this.#sockets.refused()
      },
      failed: (error: Error) => {
        this.#log.error({ event: 'listenFailed', message: error.message, error })
      },
    }
  }

  #pump(): void {
    if (this.#pumping || this.#end !== undefined) return
    this.#pumping = true
    try {
      for (let outputs = this.#handle.drain(); outputs.length > 0; outputs = this.#handle.drain()) {
        for (const output of outputs) this.#take(output)
        if (this.#isOver()) break
      }
      this.#operations.forget()
    } catch (error) {
      this.#log.uncaught(error, { event: 'engineFailed', message: 'the engine cannot go on' })
      this.#operations.end(error instanceof Error ? error : closed('an open server'))
    } finally {
      this.#pumping = false
    }
  }

  #isOver(): boolean {
    return this.#end !== undefined
  }

  #take(output: ServerOutput): void {
    switch (output.kind) {
      case 'transmit':
        this.#sockets.send(output.conn, output.bytes)
        return
      case 'pause':
        this.#sockets.pause(output.conn)
        return
      case 'resume':
        this.#sockets.resume(output.conn)
        return
      case 'close':
        this.#sockets.close(output.conn, output.code)
        return
      case 'authorize':
        void this.#door.ask(output, this.#sockets.request(output.conn)).then(() => {
          this.#pump()
        })
        return
      case 'written':
        this.#operations.takeWritten(output)
        return
      case 'writeFailed':
        this.#operations.takeWriteFailed(output)
        return
      case 'render':
        void this.#shows.render(output.room, output.view).then(
          () => {
            this.#pump()
          },
          (error: unknown) => {
            this.#log.error({ event: 'viewFailed', message: `the view ${output.view} cannot be shown`, error })
          },
        )
        return
      case 'openRoom':
      case 'persist':
      case 'closeRoom':
        // Of manual mode only.
        return
      case 'closed':
      case 'failed':
        this.#shows.gone(output.room)
        this.#teller.tell(output)
        return
      default:
        this.#teller.tell(output)
    }
  }
}

function checkOptions(options: ServerOptions<never>): void {
  checkNames('options of a server', options, NAMES)
  const { authorize, authorizeTimeout, viewTimeout, log } = options
  checkType('authorize', authorize, 'function')
  if (log !== undefined) checkType('log', log, 'function')
  checkViews(options.views)
  checkTimeout('authorizeTimeout', authorizeTimeout)
  checkTimeout('viewTimeout', viewTimeout)
}

function checkTimeout(name: string, timeout: unknown): void {
  if (timeout === undefined || (typeof timeout === 'number' && timeout > 0)) return
  throw invalid(`milliseconds above 0 as ${name}`, String(timeout))
}

