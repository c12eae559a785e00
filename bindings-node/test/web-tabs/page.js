// What tests call in a page.

window.helpers = {
  edits: [],
  seen: [],
  resolved: 0,

  async connect(url, { room, write = true, resolvers, ask, ...options }) {
    const { connect } = await import('/index.js')
    const table = resolvers && Object.fromEntries(Object.entries(resolvers).map(([key, value]) => [key, helpers.resolver(value)]))
    const log = ({ level, event, message }) => { if (level !== 'debug') console.log(event, message) }
    window.client = await connect(url, { log, ...(table && { resolvers: table }), ...options })
    client.on('storageFailed', ({ error }) => helpers.seen.push(`storageFailed ${error.code}`))
    client.on('storageRestored', ({ storage }) => helpers.seen.push(`storageRestored ${storage}`))
    client.on('unknown', ({ draft, edits }) => helpers.seen.push(`unknown ${edits.length}`))
    if (room !== undefined) helpers.enter(room, { write, ask })
  },

  resolver(value) {
    if (typeof value === 'string') return value
    return async ({ mine, theirs }) => {
      helpers.resolved += 1
      await new Promise((done) => setTimeout(done, value.ms ?? 0))
      return value.sum ? mine + theirs : theirs
    }
  },

  enter(name, { write = true, ask = false } = {}) {
    window.room = client.room(name, { write })
    room.on('verdict', ({ verdict, edit }) => helpers.seen.push(`${verdict} ${edit !== undefined}`))
    room.on('denied', ({ code }) => helpers.seen.push(`denied ${code}`))
    room.on('presence', () => helpers.seen.push('presence'))
    if (ask) {
      room.on('conflict', (conflict) => {
        helpers.conflict = conflict
        helpers.seen.push(`conflict ${conflict.edit !== undefined}`)
      })
    }
  },

  /** Remembers an edit and what becomes of it. */
  note(edit, amount = 1) {
    const noted = { edit, amount, end: undefined }
    helpers.edits.push(noted)
    edit.settled.then((verdict) => { noted.end = verdict.kind }, (error) => { noted.end = error.code })
    return edit
  },

  /** How many edits ended how. */
  ends() {
    const ends = {}
    for (const { end = 'open' } of helpers.edits) ends[end] = (ends[end] ?? 0) + 1
    return ends
  },

  story() {
    const { status, storage, pending } = client
    return { status, storage, pending, ends: helpers.ends(), seen: helpers.seen.slice(-10), entries: window.room?.closed === false ? room.entriesJson().slice(0, 500) : '' }
  },
}
