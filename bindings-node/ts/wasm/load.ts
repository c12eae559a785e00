/** How the engine gets into the page: where the module comes from, and when there is an instance of it. */

import { errorOf } from '../errors.js'
import type { EngineSource, WasmModule } from '../source.js'
import { Engine } from './instance.js'

interface Compiler {
  readonly Module: new (bytes: Uint8Array) => WasmModule
  compile(bytes: unknown): Promise<WasmModule>
  compileStreaming?(response: unknown): Promise<WasmModule>
}

const { WebAssembly } = globalThis as unknown as { WebAssembly: Compiler }

let module: WasmModule | undefined
let loading: Promise<void> | undefined
let engine: Engine | undefined
let wake: (number: number) => void = () => {}

let other: (() => EngineSource) | undefined

/** Has another engine loaded than the small one, if none is yet. @internal */
export function prefer(source: () => EngineSource): void {
  other = source
}

/** Which engine is loaded where the application names none, if not the small one. @internal */
export function standard(): EngineSource | undefined {
  return other?.()
}

/** Says who hears that a handle has something to poll. @internal */
export function hear(listener: (number: number) => void): void {
  wake = listener
}

/** The instance in which handles are made: another one after one that has ended. @internal */
export function current(): Engine {
  if (module === undefined) throw errorOf('NotFound', 'an engine that is loaded: await load() first', 'none')
  if (engine === undefined || engine.end !== undefined) engine = new Engine(module, { wake: (number) => { wake(number) } })
  return engine
}

async function fetched(source: string | URL): Promise<WasmModule> {
  return fromResponse(await fetch(source), String(source))
}

async function fromResponse(response: Response, name = response.url): Promise<WasmModule> {
  if (!response.ok) throw errorOf('NotFound', `the engine at ${name}`, `an answer of status ${response.status}`)
  const type = response.headers.get('content-type') ?? ''
  // Servers of applications of one page answer so to what they do not have.
  if (type.startsWith('text/html')) throw errorOf('NotFound', `the engine at ${name}`, 'a page of HTML')
  // A server that does not know the type of the file is no reason not to run; nor to load it twice.
  // Compiling while it arrives takes the type exactly as it is, without a parameter.
  if (WebAssembly.compileStreaming === undefined || type.toLowerCase() !== 'application/wasm') {
    return WebAssembly.compile(await response.arrayBuffer())
  }
  return WebAssembly.compileStreaming(response)
}

async function compile(source: EngineSource): Promise<WasmModule> {
  if (source instanceof WebAssembly.Module) return source
  if (typeof source === 'string' || source instanceof URL) return fetched(source)
  if (source instanceof Uint8Array || source instanceof ArrayBuffer) return WebAssembly.compile(source)
  const response = await (source as Response | PromiseLike<Response>)
  return fromResponse(response)
}

/** Loads the engine, once; a failure may be tried again. @internal */
export function loadFrom(source: () => EngineSource): Promise<void> {
  if (loading !== undefined) return loading
  const attempt = compile(source()).then(
    (compiled) => {
      module = compiled
    },
    (error: unknown) => {
      loading = undefined
      const story = error instanceof Error ? error.message : String(error)
      const code = error instanceof Error && error.name === 'CompileError' ? 'InvalidArgument' : 'NotFound'
      throw Object.assign(errorOf(code, 'the engine, a file of WebAssembly', story), { cause: error })
    },
  )
  loading = attempt
  return attempt
}
