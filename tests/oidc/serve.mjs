// A real OpenID provider on loopback; for the opt-in test of log-in through one.
//
//   NETRAL_OIDC_DIR=<folder with node_modules> node serve.mjs
//
// Prints one line of JSON when it is ready. Its own pages for development ask for a name and any password; the name is the
// person's `sub` and `preferred_username`. End of input ends it.
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const require = createRequire(join(process.env.NETRAL_OIDC_DIR ?? process.cwd(), 'package.json'))
const { default: Provider } = await import(pathToFileURL(require.resolve('oidc-provider')))

const server = createServer()
await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
const issuer = `http://127.0.0.1:${server.address().port}`
const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'netral',
      client_secret: 'rahasia klien',
      redirect_uris: ['http://netral.test/masuk/oidc/kembali'],
      token_endpoint_auth_method: 'client_secret_basic',
    },
  ],
  pkce: { required: () => true },
  claims: { openid: ['sub'], profile: ['preferred_username'] },
  conformIdTokenClaims: false,
  findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id, preferred_username: id }) }),
  features: { devInteractions: { enabled: true } },
})
server.on('request', provider.callback())
process.stdout.write(JSON.stringify({ issuer }) + '\n')
process.stdin.resume()
process.stdin.on('end', () => process.exit(0))
