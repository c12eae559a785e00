// The connection badge: whether what is on the screen is what the server has, and since when it may not be.
import { useSyncStatus } from 'syncline/react'

const words = { synced: 'Saved', pending: 'Saving …', offline: 'Offline', degraded: 'Cannot reach the server' }

export function Badge() {
  const { status, pending, lastSynced } = useSyncStatus()
  return (
    <p role="status" data-status={status}>
      {words[status]}
      {pending > 0 && `, ${pending} to send`}
      {status !== 'synced' && lastSynced !== null && `, last saved at ${lastSynced.toLocaleTimeString()}`}
    </p>
  )
}
