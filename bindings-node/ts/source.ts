/** Where an engine of WebAssembly comes from. */

/** A compiled module, as any platform has it. */
export type WasmModule = object

/** Where the compiled engine is: its address, its bytes, a response with them, or the module itself. */
export type EngineSource = string | URL | ArrayBuffer | Uint8Array | Response | PromiseLike<Response> | WasmModule
