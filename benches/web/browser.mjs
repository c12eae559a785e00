/** The browser that is measured: Chromium as the system has it, without its own errands, off the network, and pages that nothing slows down. */
import { chromium } from 'playwright-core'

const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
  '--disable-background-timer-throttling', '--disable-renderer-backgrounding', '--disable-backgrounding-occluded-windows',
]

export const launch = () => chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS })

/** A page of a browser of its own, as far as caches and storage go. */
export class Visitor {
  static async enter(browser, base) {
    const visitor = new Visitor()
    visitor.base = base
    visitor.context = await browser.newContext()
    visitor.page = await visitor.context.newPage()
    visitor.page.on('pageerror', (error) => { console.error(error) })
    visitor.devtools = await visitor.context.newCDPSession(visitor.page)
    await visitor.devtools.send('Performance.enable')
    return visitor
  }

  async visit() {
    await this.page.goto(`${this.base}/bench.html`)
    await this.page.waitForFunction(() => window.bench !== undefined)
  }

  begin({ file, path, options }, room) {
    const url = this.base.replace('http', 'ws') + path
    return this.call('begin', file, url, { ...options, room })
  }

  call(name, ...args) {
    return this.page.evaluate(([name, args]) => window.bench[name](...args), [name, args])
  }

  /** Milliseconds that the page's main thread was busy. */
  async busy() {
    return (await this.metrics()).TaskDuration * 1_000
  }

  async metrics() {
    const { metrics } = await this.devtools.send('Performance.getMetrics')
    return Object.fromEntries(metrics.map(({ name, value }) => [name, value]))
  }

  /** Bytes of the heap, of what is still used, and of WebAssembly. */
  async memory() {
    await this.devtools.send('HeapProfiler.collectGarbage')
    await this.devtools.send('HeapProfiler.collectGarbage')
    return { heap: (await this.metrics()).JSHeapUsedSize, wasm: await this.call('wasmBytes') }
  }

  close() {
    return this.context.close()
  }
}
