// What TypeScript takes of stores and hooks, and what it refuses. Compiled by a test, never run.

import { createElement, type ReactElement } from 'react'
import { type Client, type Edit, type Json, KEEP_MINE, type Room, type Status } from 'syncline'
import { SynclineProvider, useClient, useConflict, useEntries, usePresence, useRefusals, useRoom, useSharedState, useSyncStatus } from 'syncline/react'
import { entriesStore, type KeyStore, keyStore, presenceStore, statusStore, type Store, type SyncStatus, versionStore } from 'syncline/store'

interface User {
  name: string
  age?: number
  tags: string[]
  home: { town: string; street: string }
}

const user: User = { name: 'Ada', tags: [], home: { town: 'London', street: '' } }

export function stores(client: Client, room: Room): void {
  const count: KeyStore<number> = keyStore(room, 'count', 0)
  const edit: Edit = count.set((previous) => previous + 1)
  count.update((previous) => previous + 1)
  const one: User | undefined = keyStore<User>(room, 'user').getSnapshot()
  const two: User = keyStore(room, 'user', user).getSnapshot()
  keyStore<User>(room, 'user').set(user)
  keyStore(room, 'user', user).merge({ age: null, home: { town: 'Paris' } })
  // @ts-expect-error a name is a string
  keyStore(room, 'user', user).merge({ name: 7 })
  // @ts-expect-error it may show nothing
  keyStore<number>(room, 'count').set((previous) => previous + 1)
  // @ts-expect-error a number is no string
  count.set('1')
  const entries: Store<readonly (readonly [string, User])[]> = entriesStore<User>(room, 'user/')
  const forget: () => void = entries.subscribe((all) => {
    console.log(all.length)
  })
  const statuses: Store<SyncStatus>[] = [statusStore(client), statusStore(room)]
  const version: number | undefined = versionStore(room).getSnapshot()
  presenceStore<{ cursor: number }>(room).update({ cursor: 1 })
  console.log(edit.settled, one, two, forget, statuses, version)
}

export function Parts(): ReactElement {
  const client: Client | undefined = useClient()
  const room: Room | undefined = useRoom('cart', { write: false })
  const { state, set, merge, version, status, pending } = useSharedState(room, 'user', user)
  const name: string = state.name
  set({ ...state, name: 'Eve' })
  set((previous) => ({ ...previous, age: 1 }))
  merge({ age: null })
  const { state: maybe } = useSharedState<User>('cart', 'user')
  // @ts-expect-error there may be nothing
  console.log(maybe.name)
  const { state: any } = useSharedState('cart', 'x')
  const json: Json | undefined = any
  const counter = useSharedState('cart', 'n', 0)
  const count: number = counter.state
  // @ts-expect-error a function is no value
  useSharedState('cart', 'f', () => 1).set(() => () => 1)

  const whole = useSharedState<{ title: string; user: User; draft?: string }>({ room: 'cart', initialState: { title: '', user } })
  const title: string = whole.get('title')
  whole.set('title', (previous) => `${previous}!`)
  whole.set('draft', 'x')
  whole.merge({ user: { home: { town: 'Rome' } }, draft: null })
  // @ts-expect-error no such key
  whole.set('tilte', 'x')
  // @ts-expect-error a title is a string
  whole.merge({ title: 7 })
  // @ts-expect-error the state is edited by set
  whole.state.title = 'x'

  const { self, others, update } = usePresence<{ name: string; cursor?: number }>('cart', { name: 'Ada' })
  const cursors: (number | undefined)[] = [...others.values()].map(({ cursor }) => cursor)
  update({ cursor: null })
  const sync: Status = useSyncStatus().status
  const { conflict } = useConflict()
  conflict?.resolve(KEEP_MINE)
  const { refusals, dismiss } = useRefusals('cart')
  dismiss(refusals[0])
  const items: readonly (readonly [string, User])[] = useEntries<User>('cart', 'user/')
  console.log(client, name, version, status, pending, json, count, title, self?.name, cursors, sync, items)

  createElement(SynclineProvider, { client: Promise.resolve(client as Client) }, 'x')
  createElement(SynclineProvider, { url: 'ws://localhost', options: { storage: './outbox' } })
  // @ts-expect-error a client or a URL
  createElement(SynclineProvider, { client: client as Client, url: 'ws://localhost' })
  // @ts-expect-error no such option
  return createElement(SynclineProvider, { url: 'ws://localhost', options: { storge: './outbox' } })
}
