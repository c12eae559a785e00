// Two people use the shop that a server renders: node drive.mjs FOLDER
//
// They click, type, lose the network and the server, and buy the same. Pictures of the page are left in the folder. It ends well only if
// after each step each page shows what the server renders afresh, node for node.
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { launch, until } from '../browser.mjs'
import { Program } from '../program.mjs'

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('drive.mjs FOLDER')
// What the browser says by itself when there is no server.
const EXPECTED = /WebSocket connection to|Failed to load resource|ERR_CONNECTION_REFUSED|ERR_INTERNET_DISCONNECTED/

const started = Date.now()
const step = text => console.log(`${((Date.now() - started) / 1000).toFixed(1).padStart(5)} s  ${text}`)
const complaints = []
const must = (holds, text) => {
  if (!holds) throw new Error(text)
}

rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
const server = new Program(process.env.SERVER ?? 'node', join(folder, 'rooms'), import.meta.dirname)
await server.start()
step(`the ${server.kind} server is at ${server.url}`)
const browser = await launch()

// Before the page's own program runs: which elements the server sent; and from then on how many nodes come and go.
const WATCH = () => {
  document.addEventListener('readystatechange', () => {
    if (document.readyState !== 'interactive') return
    const view = document.querySelector('#view')
    globalThis.sent = new Set(view.querySelectorAll('*'))
    globalThis.touched = []
    new MutationObserver(records => touched.push(...records)).observe(view, { subtree: true, childList: true, characterData: true, attributes: true })
  })
}

// What an element shows, in one form: comments are not seen, and texts beside each other are one. What is
// typed is a property; a style is what the taking of pictures leaves.
const SHOWN = `(root) => {
  const told = node => {
    if (node.nodeType === 3) return node.data
    if (node.nodeType !== 1) return ''
    const names = node.getAttributeNames().filter(name => !['value', 'disabled', 'style'].includes(name)).sort()
    const held = node.localName === 'input' ? ' =' + node.value : node.localName === 'button' ? ' ' + node.disabled : ''
    return '<' + node.localName + names.map(name => ' ' + name + '=' + JSON.stringify(node.getAttribute(name))).join('') + held + '>' + [...node.childNodes].map(told).join('') + '</>'
  }
  return [...root.childNodes].map(told).join('')
}`

class Visitor {
  static async enter(name) {
    const visitor = new Visitor()
    visitor.name = name
    visitor.context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
    visitor.page = await visitor.context.newPage()
    await visitor.page.addInitScript(WATCH)
    visitor.page.on('pageerror', error => complaints.push(`${name}: ${error.message}`))
    visitor.page.on('console', message => {
      if (message.type() === 'error' && !EXPECTED.test(message.text())) complaints.push(`${name}: ${message.text()}`)
    })
    await visitor.page.goto(`${server.url}/?name=${name}`)
    await visitor.ready()
    return visitor
  }

  ready() {
    return this.page.waitForFunction(() => window.shop?.mounted.ready.then(() => true))
  }

  async shot(name) {
    await this.page.evaluate(() => scrollTo(0, 0))
    await this.page.screenshot({ path: join(folder, `${name}.png`) })
  }

  good(name) {
    return this.page.locator('.good').filter({ hasText: name })
  }

  add(name) {
    return this.good(name).locator('.add').click()
  }

  // What the cart says of each thing in it.
  cart() {
    return this.page.locator('.rows .row').evaluateAll(rows => rows.map(row => `${row.querySelector('.name').textContent} ${row.querySelector('.count').textContent}`).join(', '))
  }

  text(selector) {
    return this.page.locator(selector).textContent()
  }

  status(...wanted) {
    return until(`${this.name} is ${wanted.join(' or ')}`, async () => wanted.includes(await this.page.locator('#status').getAttribute('data-status')))
  }

  // What was touched since this was asked last.
  touched() {
    return this.page.evaluate(() => touched.splice(0).map(({ type, target }) => `${type} ${target.nodeName}`))
  }

  // The page shows what the server renders afresh, and nothing waits.
  fresh(text) {
    return until(`${text}: ${this.name}'s page is as the server renders it`, async () => {
      const want = await (await fetch(`${server.url}/fresh?name=${this.name}`)).text()
      return this.page.evaluate(([shown, want]) => {
        if (window.shop.client.pending > 0) return `${window.shop.client.pending} edits wait`
        const template = document.createElement('template')
        template.innerHTML = want
        const [have, fresh] = [document.querySelector('#view'), template.content].map((0, eval)(shown))
        const at = [...have].findIndex((letter, nth) => letter !== fresh[nth])
        return have === fresh || `it has …${have.slice(Math.max(0, at - 80), at + 80)}…\nafresh …${fresh.slice(Math.max(0, at - 80), at + 80)}…`
      }, [SHOWN, want])
    })
  }
}

const agree = async (visitors, text) => {
  for (const visitor of visitors) await visitor.fresh(text)
  step(text)
}

const drive = async () => {
  const [ada, bob] = [await Visitor.enter('ada'), await Visitor.enter('bob')]
  const all = [ada, bob]
  must(await ada.page.evaluate(() => sent.size > 100 && [...document.querySelectorAll('#view *')].every(element => sent.has(element))), 'elements were made anew')
  must((await ada.touched()).length === 0, 'the server sent what it renders, and yet something was touched')
  await agree(all, 'the page is the one that the server sent: nothing was touched')
  await ada.shot('1-sent')

  await ada.add('Cheese wedge')
  must(await ada.cart() === 'Cheese wedge 1', `at once: ${await ada.cart()}`)
  await ada.add('Cheese wedge')
  await ada.add('Red apple')
  must(await ada.cart() === 'Cheese wedge 2, Red apple 1', `at once: ${await ada.cart()}`)
  must(await ada.text('#cart') === 'Cart (3)', `at once: ${await ada.text('#cart')}`)
  await agree(all, 'what is put into the cart shows at once')

  // Somebody else's edit while a menu is open that the server may not know of yet.
  await ada.page.locator('.open').click()
  must(await ada.page.locator('.menu').count() === 1, 'the menu is open at once')
  await ada.page.evaluate(() => {
    globalThis.menu = document.querySelector('.menu')
    globalThis.vanished = 0
    new MutationObserver(() => { globalThis.vanished += document.querySelector('.menu') === globalThis.menu ? 0 : 1 }).observe(document.querySelector('.top'), { childList: true })
  })
  for (let time = 0; time < 5; time += 1) await bob.page.getByRole('button', { name: 'Hello!' }).click()
  await until('Ada sees five hellos', async () => await ada.text('.hello b') === '5')
  await agree(all, 'the menu is open, and hellos come')
  must(await ada.page.evaluate(() => vanished) === 0, 'the menu vanished')
  await ada.shot('2-menu')
  await ada.page.getByRole('button', { name: 'By price' }).click()
  must(await ada.page.locator('.menu').count() === 0, 'the menu is closed at once')
  await until('the shelf is sorted', async () => {
    const prices = await ada.page.locator('.good').evaluateAll(goods => goods.map(good => Number(good.dataset.price)))
    return prices.every((price, at) => at === 0 || prices[at - 1] <= price)
  })
  await agree(all, 'sorted by price')

  await ada.page.locator('#search').focus()
  await ada.touched()
  await ada.page.keyboard.type('red', { delay: 20 })
  await bob.add('Red apple')
  await until('the shelf has what was searched', async () => await ada.page.locator('.good').count() < 5)
  await ada.page.keyboard.type(' ap')
  must(await ada.page.inputValue('#search') === 'red ap', `typed red ap, not ${await ada.page.inputValue('#search')}`)
  must(await ada.page.evaluate(() => document.activeElement.id) === 'search', 'the focus is where it was')
  await agree(all, 'typed into the search while others buy')
  await ada.page.locator('#search').fill('')
  await agree(all, 'the whole shelf again')

  await ada.context.setOffline(true)
  await ada.status('offline', 'degraded')
  await ada.add('Red apple')
  await ada.page.locator('.open').click()
  await ada.page.locator('.note input').fill('by noon')
  must(await ada.cart() === 'Cheese wedge 2, Red apple 2', `offline: ${await ada.cart()}`)
  must(await ada.page.locator('.menu').count() === 1, 'the menu opens offline')
  await bob.page.getByRole('button', { name: 'Hello!' }).click()
  await ada.shot('3-offline')
  await ada.context.setOffline(false)
  await ada.status('synced')
  must(await ada.page.inputValue('.note input') === 'by noon', 'what was typed offline')
  await agree(all, 'offline and back: what was done meanwhile is shown, and sent')
  await ada.page.locator('.open').click()

  must((await fetch(`${server.url}/state/`)).status === 404, 'a room without a name is not found, and the server goes on')
  await server.kill()
  for (const visitor of all) await visitor.status('offline', 'degraded')
  step('server killed (SIGKILL)')
  await ada.add('Baguette bread')
  await bob.page.getByRole('button', { name: 'Hello!' }).click()
  must(await bob.text('.hello b') === '7', `at once: ${await bob.text('.hello b')} hellos`)
  await ada.page.evaluate(() => { globalThis.sent = new Set(document.querySelectorAll('#view *')) })
  await server.start()
  for (const visitor of all) await visitor.status('synced')
  await agree(all, 'another server goes on with what lies on its disk')
  const kept = await ada.page.evaluate(() => [...document.querySelectorAll('#view *')].filter(element => sent.has(element)).length)
  must(kept > 100, `only ${kept} elements are the same ones after the server was another`)

  // Both buy the last ones, one of them offline: who comes back has seen another shelf.
  for (const visitor of all) await visitor.page.evaluate(name => window.shop.shop.delete(`cart/${name}`), visitor.name)
  await agree(all, 'empty carts')
  const left = Number(/(\d+) left/.exec(await ada.good('Cheese wedge').textContent())[1])
  for (let time = 0; time < left; time += 1) for (const visitor of all) await visitor.add('Cheese wedge')
  await agree(all, `both have all ${left} in the cart`)
  await bob.context.setOffline(true)
  await bob.status('offline', 'degraded')
  await bob.page.getByRole('button', { name: 'Buy' }).click()
  must(await bob.text('#cart') === 'Cart (0)' && await bob.text('.said') === 'Thank you!', 'bought at once')
  await bob.shot('4-bought-offline')
  await ada.page.locator('.note input').fill('I am early')
  await ada.page.keyboard.press('Enter')
  must(await ada.page.inputValue('.note input') === '', 'the note is sent')
  await agree([ada], 'one buys')
  must(await ada.good('Cheese wedge').locator('.add').isDisabled(), 'sold out')
  await bob.context.setOffline(false)
  await until('the other is told', async () => (await bob.text('.said')).startsWith('Somebody was faster'))
  await agree(all, 'the second order is taken back')
  must(await bob.text('#cart') === `Cart (${left})`, `the cart is as it was: ${await bob.text('#cart')}`)
  await bob.shot('5-taken-back')

  const metrics = await ada.page.evaluate(() => window.shop.mounted.view.metrics())
  step(`of Ada's edits ${metrics.shown} showed at once, ${metrics.right} just so as the server rendered then, ${metrics.wrong} not, ${metrics.undone} were taken back`)
}

let failure
try {
  await drive()
} catch (error) {
  failure = error
}
await browser.close()
await server.end()
if (failure) throw failure
if (complaints.length > 0) throw new Error(`the pages complained:\n${complaints.join('\n')}`)
step(`pictures are in ${folder}`)
