// What programs said that they wrote and were told, outside the protocol, and what a room must hold by that.

/** One in so many writes also puts its number into a list. */
export const LISTED = 10

export class Ghost {
  #clients = new Map()
  wrong = []

  #of(client) {
    if (!this.#clients.has(client)) this.#clients.set(client, { made: new Set(), stored: new Set(), applied: new Set(), killed: false, left: null })
    return this.#clients.get(client)
  }

  /** A client starts, and has yet to say how many verdicts it lacks in the end. */
  started(client) {
    this.#of(client).left = null
  }

  /**
   * What a client says: `m NUMBER` before it writes, `d NUMBER` once that is stored, `a NUMBER` once it is told to be applied, `w …` if anything else is told,
   * and `s COUNT` in the end, of the writes that have no verdict.
   */
  hear(client, line) {
    const [kind, number] = line.split(' ')
    if (kind === 'm') this.#of(client).made.add(number)
    else if (kind === 'd') this.#of(client).stored.add(number)
    else if (kind === 'a') this.#of(client).applied.add(number)
    else if (kind === 's') this.#of(client).left = Number(number)
    else if (kind === 'w') this.wrong.push(`${client} was told ${line.slice(2)}`)
  }

  /** What a killed client had not stored yet was never promised. */
  killed(client) {
    this.#of(client).killed = true
  }

  count(kind) {
    let count = 0
    for (const client of this.#clients.values()) count += client[kind].size
    return count
  }

  /** Everything that is wrong with what a room holds: an object of keys. */
  judge(entries) {
    const wrong = [...this.wrong]
    for (const [client, { made, stored, applied, killed, left }] of this.#clients) {
      if (left === null) wrong.push(`${client} did not say in the end that everything is settled`)
      else if (left !== 0) wrong.push(`${client}: ${left} writes have no verdict in the end`)
      const prefix = `write/${client}/`
      const there = Object.keys(entries).filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length))
      const held = new Set(there)
      const lost = [...applied].filter((number) => !held.has(number))
      if (lost.length > 0) wrong.push(`${client}: ${lost.length} acknowledged writes are lost, such as ${lost[0]}`)
      const unkept = [...stored].filter((number) => !held.has(number))
      if (unkept.length > 0) wrong.push(`${client}: ${unkept.length} stored writes are gone, such as ${unkept[0]}`)
      const gone = killed ? [] : [...made].filter((number) => !held.has(number))
      if (gone.length > 0) wrong.push(`${client}: ${gone.length} writes of a client that was never killed are gone, such as ${gone[0]}`)
      const strange = there.filter((number) => !made.has(number))
      if (strange.length > 0) wrong.push(`${client}: nobody made ${strange[0]}`)
      const sum = entries[`sum/${client}`] ?? 0
      if (sum !== there.length) wrong.push(`${client}: ${there.length} writes were added ${sum} times`)
      const list = entries[`list/${client}`] ?? []
      const listed = there.filter((number) => Number(number.split('.')[1]) % LISTED === 0)
      if (list.length !== listed.length || new Set(list).size !== list.length) {
        wrong.push(`${client}: ${listed.length} writes are ${list.length} items of a list, of which ${new Set(list).size} differ`)
      }
    }
    return wrong
  }
}
