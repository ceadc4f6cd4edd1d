// Prints the cached access token, or requests one and caches it.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'

const env = process.env
const cache = `${env.BENCH_CACHE}/token.json`

function cached() {
  try {
    const { access_token, expires_at } = JSON.parse(readFileSync(cache, 'utf8'))
    return expires_at > Date.now() + 60_000 ? access_token : undefined
  } catch {
    return undefined // no file yet, or another process is writing it
  }
}

async function request() {
  const { default: authorize } = await import('@adobe/jwt-auth') // imported here because a cached token does not need it
  const { access_token, expires_in } = await authorize({
    ims: env.BENCH_IMS,
    clientId: env.BENCH_CLIENT_ID,
    clientSecret: env.BENCH_CLIENT_SECRET,
    orgId: env.BENCH_ORG_ID,
    technicalAccountId: env.BENCH_TECHNICAL_ACCOUNT_ID,
    metaScopes: env.BENCH_METASCOPES.split(','),
    privateKey: readFileSync(env.BENCH_KEY, 'utf8')
  })
  mkdirSync(env.BENCH_CACHE, { recursive: true })
  writeFileSync(cache, JSON.stringify({ access_token, expires_at: Date.now() + expires_in }), { mode: 0o600 })
  return access_token
}

console.log(cached() ?? (await request()))
