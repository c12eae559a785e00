/** The symbols of `using` and `await using`, also where the platform does not have them yet. */

const symbols: { readonly dispose?: symbol; readonly asyncDispose?: symbol } = Symbol

/** @internal */
export const dispose = (symbols.dispose ?? Symbol.for('nodejs.dispose')) as typeof Symbol.dispose
/** @internal */
export const asyncDispose = (symbols.asyncDispose ?? Symbol.for('nodejs.asyncDispose')) as typeof Symbol.asyncDispose
