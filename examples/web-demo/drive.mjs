// Two people, one of them in two tabs, use the page at the same time, lose the network and the server, and must end with the same: node
// drive.mjs FOLDER
//
// Pictures of the page are left in the folder. It ends well only if every page and the server hold the same characters after each step.
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { launch, until } from './browser.mjs'
import { Program } from './program.mjs'

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('drive.mjs FOLDER')
const ROOMS = { cart: 'cart-home', todo: 'todo-home' }
// What the browser says by itself when there is no server.
const EXPECTED = /WebSocket connection to|Failed to load resource|ERR_CONNECTION_REFUSED|Failed to fetch/

const started = Date.now()
const step = text => console.log(`${((Date.now() - started) / 1000).toFixed(1).padStart(5)} s  ${text}`)
const complaints = []
const must = (holds, text) => {
  if (!holds) throw new Error(text)
}

rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
const server = new Program(process.env.SERVER ?? 'node', join(folder, 'rooms'))
await server.start()
step(`the ${server.kind} server is at ${server.url}`)
const browser = await launch()

// One page of somebody.
class Visitor {
  static async enter(context, name, query = '') {
    const visitor = new Visitor()
    visitor.name = name
    visitor.page = await context.newPage()
    visitor.page.on('pageerror', error => complaints.push(`${name}: ${error.message}`))
    visitor.page.on('console', message => {
      if (message.type() === 'error' && !EXPECTED.test(message.text())) complaints.push(`${name}: ${message.text()}`)
    })
    await visitor.page.goto(`${server.url}/?name=${name}${query}`)
    await visitor.ready()
    return visitor
  }

  async ready() {
    await this.page.waitForFunction(() => window.larder?.cart.get('stock/banana') !== undefined)
  }

  // From the top, and once what moves has come to rest.
  async shot(name) {
    await this.page.evaluate(() => scrollTo(0, 0))
    await this.page.waitForTimeout(400)
    await this.page.screenshot({ path: join(folder, `${name}.png`) })
  }

  state(room) {
    return this.page.evaluate(room => window.larder[room].entriesJson(), room)
  }

  pending() {
    return this.page.evaluate(() => window.larder.client.pending)
  }

  status() {
    return this.page.locator('#status').getAttribute('data-status')
  }

  is(...wanted) {
    return until(`${this.name} is ${wanted.join(' or ')}`, async () => wanted.includes(await this.status()) || `it is ${await this.status()}`)
  }

  // Where nobody answers, the page soon calls it degraded.
  isAway() {
    return this.is('offline', 'degraded')
  }

  async unplug() {
    await this.page.locator('#plug').click()
    await this.isAway()
  }

  plug() {
    return this.page.locator('#plug').click()
  }

  more(good) {
    return this.page.locator('#goods').getByRole('button', { name: `One more: ${good}`, exact: true }).click()
  }

  async do(title) {
    await this.page.locator('#new-title').fill(title)
    await this.page.locator('#new-title').press('Enter')
  }

  titles() {
    return this.page.locator('#todo .title').evaluateAll(inputs => inputs.map(input => input.value))
  }

  // What is known is shown with the next frame.
  shows(are, text) {
    return until(`${this.name}'s page shows ${text}`, async () => are(await this.titles()) || (await this.titles()).join(', '))
  }

  row(place) {
    return this.page.locator('#todo .row').nth(place)
  }

  async rename(place, title) {
    const input = this.row(place).locator('.title')
    await input.fill(title)
    await input.press('Enter')
  }

  count(good) {
    return this.page.evaluate(key => window.larder.cart.get(key, 0), `cart/${good}`)
  }
}

// Every page and the server hold the same, and nothing waits.
const agree = async (visitors, text) => {
  for (const [part, room] of Object.entries(ROOMS)) {
    await until(`${text}: all agree about ${room}`, async () => {
      const want = await (await fetch(`${server.url}/state/${room}`)).text()
      for (const visitor of visitors) {
        if (await visitor.pending() > 0) return `${visitor.name} has ${await visitor.pending()} edits without a verdict`
        const have = await visitor.state(part)
        if (have !== want) return `${visitor.name} ${have}\nserver ${want}`
      }
      return true
    })
  }
  step(`${text}: ${visitors.length} pages and the server agree`)
}

const drive = async () => {
  const shape = { viewport: { width: 1280, height: 860 } }
  const [one, two] = [await browser.newContext(shape), await browser.newContext(shape)]
  // Two tabs of one browser are one client; with TABS=own each is one of its own.
  const tabs = process.env.TABS === 'own' ? '&tabs=own' : ''
  const ada = await Visitor.enter(one, 'Ada', tabs)
  const tab = await Visitor.enter(one, 'Ada', tabs)
  const bob = await Visitor.enter(two, 'Bob')
  const all = [ada, tab, bob]
  for (const visitor of all) await visitor.is('synced')
  await until('everybody sees the other', async () => await bob.page.locator('.person').count() === 2 && await ada.page.locator('.person').count() === 2)
  await until('the page is kept for when there is no network', () => ada.page.evaluate(() => navigator.serviceWorker.controller !== null))
  await ada.shot('1-shelf')

  await Promise.all(all.map(async visitor => {
    for (let time = 0; time < 5; time += 1) await visitor.more('Croissant')
  }))
  await bob.more('Banana')
  await ada.more('Teapot')
  await agree(all, 'three pages add to the same thing at once')
  must(await ada.count('croissant') === 15, `15 croissants, not ${await ada.count('croissant')}`)

  await ada.do('Bake the bread')
  await ada.do('Call the market')
  await until('Bob sees what Ada wrote', async () => (await bob.titles()).length === 2)
  await Promise.all([bob.do('Lay the table'), tab.do('Pick the cherries')])
  await agree(all, 'a list grows at two ends')
  await Promise.all([
    ada.row(0).getByRole('button', { name: 'Move down' }).click(),
    bob.row(1).getByRole('checkbox').click(),
    tab.row(3).getByRole('button', { name: 'Take out' }).click()
  ])
  await agree(all, 'one moves, one checks off, one takes out')
  await bob.row(2).locator('.grip').dragTo(bob.row(0))
  await agree(all, 'dragged to the top')
  await ada.shows(titles => titles.length === 3, '3 things to do')

  await bob.row(1).locator('.title').focus()
  await until('Ada sees what Bob is at', async () => (await ada.row(1).locator('.who').textContent()).includes('Bob is editing'))
  await ada.shot('2-together')
  await bob.page.keyboard.press('Escape')
  await until('Bob is done', async () => await ada.row(1).locator('.who').textContent() === '')

  await bob.unplug()
  await ada.rename(0, 'Lay the table for six')
  await bob.rename(0, 'Lay the table outside')
  await agree([ada, tab], 'the words of one while the other is offline')
  await bob.plug()
  await bob.page.locator('#conflict').waitFor()
  await bob.shot('3-conflict')
  await bob.page.locator('#anew').fill('Lay the table for six, outside')
  await bob.page.locator('#keep').click()
  await agree(all, 'two people changed the same words, and one decided')
  await ada.shows(([first]) => first === 'Lay the table for six, outside', 'the words that were decided')

  await server.kill()
  for (const visitor of all) await visitor.isAway()
  step('server killed (SIGKILL)')
  await ada.more('Mango')
  await ada.more('Croissant')
  await ada.do('Water the basil')
  await ada.rename(1, 'Bake two loaves')
  const before = { cart: await ada.state('cart'), todo: await ada.state('todo'), pending: await ada.pending() }
  await until('the edits are stored', () => ada.page.evaluate(() => window.larder.client.storage === 'durable'))
  await ada.page.waitForTimeout(300) // a person needs longer to reload; stored is what the disk was told
  await ada.page.reload()
  await ada.ready()
  await ada.isAway()
  await until('what was edited is there after a reload without a server', async () => await ada.state('cart') === before.cart && await ada.state('todo') === before.todo)
  must(await ada.pending() === before.pending, `${before.pending} edits wait, not ${await ada.pending()}`)
  await ada.shot('4-offline')
  step(`reloaded without a server: ${before.pending} edits wait`)
  await bob.more('Croissant')
  await server.start()
  await agree(all, 'the server is back on its journal')
  must(await bob.count('croissant') === 17, `17 croissants, not ${await bob.count('croissant')}`)

  // Both buy the last ones: the one who was away has seen another shelf.
  for (const good of ['croissant', 'teapot', 'banana', 'mango']) await ada.page.evaluate(key => window.larder.cart.set(key, 1), `cart/${good}`)
  await agree(all, 'one of each in the cart')
  const left = await bob.page.evaluate(() => window.larder.cart.get('stock/mango'))
  await bob.unplug()
  await bob.page.locator('#buy').click()
  await until('Bob sees an empty cart at once', async () => await bob.count('mango') === 0)
  await bob.shot('5-bought-offline')
  await ada.page.locator('#cart').getByRole('button', { name: 'Take out: Teapot' }).click()
  await ada.page.locator('#buy').click()
  await agree([ada, tab], 'one buys')
  await ada.more('Mango')
  await bob.plug()
  await bob.page.locator('.toast.bad').waitFor()
  await bob.shot('6-refused')
  await agree(all, 'the other hears that the shelf is another, and has the cart back')
  must(await bob.page.evaluate(() => window.larder.cart.get('stock/mango')) === left - 1, 'a mango was sold twice')
  must(await bob.count('mango') === 1, 'what was put into the cart meanwhile is gone')

  await bob.page.close()
  await until('Bob has left', async () => await ada.page.locator('.person').count() === 1)
  step('who closes the page is gone from the others’')

  await ada.page.emulateMedia({ colorScheme: 'dark' })
  await ada.shot('7-dark')
  await ada.page.emulateMedia({ colorScheme: 'light' })
  await ada.page.setViewportSize({ width: 390, height: 844 })
  await ada.shot('8-narrow')
  must(await ada.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the narrow page is wider than its window')
  must(complaints.length === 0, `the pages complained:\n${complaints.join('\n')}`)
}

try {
  await drive()
  await browser.close()
  await server.end()
  console.log(`\nOK: the pages and the server agree; pictures are in ${folder}`)
} catch (error) {
  console.error(`\nFAILED\n${error.stack}\n${complaints.join('\n')}`)
  await browser.close()
  await server.kill()
  process.exitCode = 1
}
