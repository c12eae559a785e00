// The optimistic update: a click shows at once, and goes back by itself if the server refuses it.
import { memo } from 'react'
import { useEntries, useRefusals, useSharedState } from 'syncline/react'

// Rendered for its own key and for no other.
const Todo = memo(function Todo({ name }) {
  const { state, merge } = useSharedState('list', name, { title: '', done: false })
  return (
    <li>
      <label>
        <input type="checkbox" name={name} checked={state.done} onChange={() => merge({ done: !state.done })} />
        {state.title}
      </label>
    </li>
  )
})

export function Todos({ title, prefix }) {
  const todos = useEntries('list', prefix)
  return (
    <section>
      <h2>{title}</h2>
      <ul>{todos.map(([name]) => <Todo key={name} name={name} />)}</ul>
    </section>
  )
}

// What was refused, until somebody has read it.
export function Refusals() {
  const { refusals, dismiss } = useRefusals('list')
  return refusals.map((refusal) => (
    <p role="alert" key={refusal.draft}>
      {refusal.key} was not changed: {refusal.code} <button onClick={() => dismiss(refusal)}>OK</button>
    </p>
  ))
}
