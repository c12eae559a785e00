// A text that two people may change at once, of which neither is to be lost.
import { useSharedState } from 'syncline/react'

export function Note() {
  const { state, set } = useSharedState('list', 'note', '')
  return <textarea aria-label="note" value={state} onChange={({ target }) => set(target.value)} />
}
