/** `require` for modules of both kinds. */

/** Loads what is named, relative to the folder of this file. @internal */
export const load = (id: string): unknown => require(id)
