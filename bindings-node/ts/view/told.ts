/** How a view is given to a server's handle, which browsers load without views. */

/** Has a view, of either kind of module, tell the engine what was rendered, and gives the number under which the backend knows it. @internal */
export const told: unique symbol = Symbol.for('syncline.told')
