/** The symbols of `using` and `await using`, also where the platform does not have them yet. */

const symbols: { readonly dispose?: typeof Symbol.dispose; readonly asyncDispose?: typeof Symbol.asyncDispose } = Symbol

/** The symbol of `using`. */
export const dispose: typeof Symbol.dispose = symbols.dispose ?? (Symbol.for('nodejs.dispose') as typeof Symbol.dispose)
/** The symbol of `await using`. */
export const asyncDispose: typeof Symbol.asyncDispose =
  symbols.asyncDispose ?? (Symbol.for('nodejs.asyncDispose') as typeof Symbol.asyncDispose)
