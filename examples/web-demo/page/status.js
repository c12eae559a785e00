// How far this page is from the server: the badge, and the rooms' versions.
import { $, setText } from './dom.js'

const WORDS = { synced: 'Synced', pending: 'Saving', offline: 'Offline', degraded: 'Degraded' }
const STORES = { durable: 'kept in this browser', volatile: 'in memory only', none: 'in memory only' }

export const showStatus = (client, { cart, todo }) => ({
  show() {
    const { status, pending, storage } = client
    // An edit waits although all is told: for somebody to decide about it.
    const asks = status === 'synced' && pending > 0
    $('status').dataset.status = asks ? 'pending' : status
    $('status').title = `Edits are ${STORES[storage]}`
    const waiting = pending === 0 ? '' : ` · ${pending} ${pending === 1 ? 'edit waits' : 'edits wait'}`
    setText($('status'), `${asks ? 'To decide' : WORDS[status]}${waiting} · ${STORES[storage]}`)
    setText($('cart-version'), `version ${cart.version ?? '–'}`)
    setText($('todo-version'), `version ${todo.version ?? '–'}`)
  }
})
