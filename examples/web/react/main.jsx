// The page: one client for all components.
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { connect } from 'syncline'
import { SynclineProvider } from 'syncline/react'
import { options, url } from '../where.js'
import { Badge } from './Badge.jsx'
import { ConflictDialog } from './ConflictDialog.jsx'
import { Note } from './Note.jsx'
import { Refusals, Todos } from './Todos.jsx'

// A person decides about stale edits of the note.
const client = connect(url, { ...options, resolvers: { note: 'ask' } })

createRoot(document.getElementById('root')).render(
  <StrictMode>
    <SynclineProvider client={client}>
      <Badge />
      <Refusals />
      <Todos title="Ours" prefix="todo/" />
      <Todos title="The boss's" prefix="signed/" />
      <Note />
      <ConflictDialog />
    </SynclineProvider>
  </StrictMode>,
)
