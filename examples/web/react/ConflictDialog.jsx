// The conflict dialog: somebody else was faster, and a person decides what becomes of the own edit.
import { KEEP_MINE, KEEP_THEIRS } from 'syncline'
import { useConflict } from 'syncline/react'

export function ConflictDialog() {
  const { conflict, waiting } = useConflict('list')
  if (conflict === undefined) return null
  const { key, mine, base, theirs, resolve } = conflict
  return (
    <dialog open>
      <h2>{key} was changed by somebody else {waiting > 1 && `(1 of ${waiting})`}</h2>
      <dl>
        <dt>before</dt><dd>{base}</dd>
        <dt>yours</dt><dd>{mine}</dd>
        <dt>theirs</dt><dd>{theirs}</dd>
      </dl>
      <button name="mine" onClick={() => resolve(KEEP_MINE)}>Keep mine</button>
      <button name="theirs" onClick={() => resolve(KEEP_THEIRS)}>Keep theirs</button>
      <button name="both" onClick={() => resolve(`${theirs}\n${mine}`)}>Keep both</button>
    </dialog>
  )
}
