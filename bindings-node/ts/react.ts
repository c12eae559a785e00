/**
 * What components of React show of rooms and clients, and how they edit: hooks that render only for what was read.
 *
 * @packageDocumentation
 */

'use client'

export { type ConflictView, type RefusalsView, useConflict, useRefusals } from './react/conflicts.js'
export { useClient } from './react/context.js'
export { useEntries } from './react/entries.js'
export { type PresenceView, usePresence } from './react/presence.js'
export { SynclineProvider, type SynclineProviderProps } from './react/provider.js'
export { type RoomLike, useRoom } from './react/room.js'
export { type KeyState, type RoomState, type SharedStateOptions, useSharedState } from './react/shared.js'
export { useSyncStatus } from './react/status.js'
