// The page: one client, two rooms, and the parts that show them.
import { connect } from 'syncline'
import { showCart } from './cart.js'
import { askAbout } from './conflict.js'
import { $, toast } from './dom.js'
import { showGoods } from './goods.js'
import { Journal } from './journal.js'
import { People } from './people.js'
import { isIn, PluggedSocket, pullOut, putIn } from './plug.js'
import { showStatus } from './status.js'
import { showTodo } from './todo.js'

const query = new URLSearchParams(location.search)
const list = (query.get('list') ?? '').toLowerCase().replace(/[^a-z0-9-]/g, '').slice(0, 32) || 'home'

const askName = () => new Promise(resolve => {
  $('welcome').addEventListener('close', () => {
    localStorage.setItem('name', $('name').value.trim() || 'Guest')
    resolve(localStorage.getItem('name'))
  }, { once: true })
  $('welcome').showModal()
})
const name = query.get('name') ?? localStorage.getItem('name') ?? await askName()

// All tabs of a person are one client, unless the address says that this tab is its own.
const own = query.get('tabs') === 'own'
if (own && sessionStorage.getItem('tab') === null) sessionStorage.setItem('tab', crypto.randomUUID())
const storage = `larder-${name}${own ? `-${sessionStorage.getItem('tab')}` : ''}`

navigator.serviceWorker?.register('/sw.js').catch(error => console.warn(error.message))
const json = async path => (await fetch(path)).json()
const [goods, config] = await Promise.all([json('/catalogue.json'), json('/config.json')])
const address = new URL(config.sync, location.href)
address.protocol = address.protocol.replace('http', 'ws')

const client = await connect(address, {
  token: name,
  storage,
  WebSocket: PluggedSocket,
  resolvers: { 'title/': 'ask' },
  timing: { backoff_first_ms: 250, backoff_most_ms: 4000 }
})
const cart = client.room(`cart-${list}`)
const todo = client.room(`todo-${list}`)
const journal = new Journal(goods)
const people = new People(cart, name)

$('list').textContent = list
const parts = [
  showGoods(goods, cart, journal),
  showCart(goods, cart, journal),
  showTodo(todo, journal, people),
  showStatus(client, { cart, todo }),
  people,
  journal
]

// However many events there are, what they changed is shown once.
let asked = false
const show = () => {
  if (asked) return
  asked = true
  requestAnimationFrame(() => {
    asked = false
    if (!client.closed) for (const part of parts) part.show()
  })
}
const EVENTS = ['change', 'verdict', 'refused', 'conflict', 'unknown', 'ready', 'resumed', 'diverged', 'denied', 'status', 'presence', 'failed', 'storageFailed']
for (const event of EVENTS) {
  client.on(event, details => {
    for (const part of parts) part.hear?.(event, details)
    show()
  })
}
client.on('conflict', conflict => askAbout(conflict, journal))
client.on('storageFailed', () => toast('This browser keeps nothing: edits last as long as the page.', 'bad'))

const showPlug = () => $('plug').setAttribute('aria-checked', String(isIn()))
$('plug').addEventListener('click', () => {
  if (isIn()) pullOut()
  else {
    putIn()
    client.reconnect()
  }
  showPlug()
})
showPlug()
show()

// For the console, and for whoever tries the page by a program.
window.larder = { client, cart, todo }
