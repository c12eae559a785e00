/** A client over the engine that browsers have. */

export * from '../handle.browser.js'
