// The browser that drives the page by itself: Chromium as the system has it, without its own errands, and off the network.
import { chromium } from 'playwright-core'

const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
]

export const launch = () => chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS })

// Looks again until it holds; throws what it last said otherwise.
export const until = async (text, look, seconds = 20) => {
  const end = Date.now() + seconds * 1000
  for (;;) {
    const found = await look()
    if (found === true) return
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${text}${found === false ? '' : `\n${found}`}`)
    await new Promise(resolve => setTimeout(resolve, 30))
  }
}
