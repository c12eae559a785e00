import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { server } from '../dev.js'

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [react()],
  // One copy for the page and for syncline, which has its own here.
  resolve: { dedupe: ['react', 'react-dom'] },
  build: { target: 'es2022', outDir: '../dist/react', emptyOutDir: true },
  server,
})
