/** A client over the engine that browsers have in pages with views. */

export * from '../handle.browser.js'
export { ClientViews } from '../view/watching.js'
