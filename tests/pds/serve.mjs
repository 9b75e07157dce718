// A real PLC directory and PDS on loopback, with three accounts and what they did; for the opt-in test of source::bluesky.
//
//   NETRAL_PDS_DIR=<folder with node_modules> PLC_PORT=.. PDS_PORT=.. node serve.mjs
//
// Prints one line of JSON when it is ready. Then each line "more" on standard input adds a post and a like (answered by
// one line of JSON each); end of input or "stop" ends it.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const require = createRequire(join(process.env.NETRAL_PDS_DIR ?? process.cwd(), 'package.json'))
const { TestNetworkNoAppView } = require('@atproto/dev-env')

const port = (name) => (process.env[name] ? { port: Number(process.env[name]) } : {})
const say = (value) => process.stdout.write(JSON.stringify(value) + '\n')

const network = await TestNetworkNoAppView.create({ plc: port('PLC_PORT'), pds: port('PDS_PORT') })
const sc = network.getSeedClient()
const account = (name) =>
  sc.createAccount(name, { email: `${name}@pns.test`, handle: `${name}.test`, password: `sandi-${name}` })

// The registered civil servant, a colleague who is not registered, and a campaign's account.
await account('bambang')
await account('sri')
await account('menang02')
const { bambang, sri, menang02 } = sc.dids

await sc.createProfile(menang02, 'Tim Menang 02', 'Coblos nomor 2, menang bersama')
const campaign = await sc.post(menang02, 'Ayo coblos nomor 2 di hari pemungutan suara!')
const tagged = 'Apel pagi di kantor bersama @sri.test #pelayanan'
const bytes = (part) => {
  const byteStart = Buffer.byteLength(tagged.slice(0, tagged.indexOf(part)))
  return { byteStart, byteEnd: byteStart + Buffer.byteLength(part) }
}
await sc.post(bambang, tagged, [
  { index: bytes('@sri.test'), features: [{ $type: 'app.bsky.richtext.facet#mention', did: sri }] },
  { index: bytes('#pelayanan'), features: [{ $type: 'app.bsky.richtext.facet#tag', tag: 'pelayanan' }] },
])
await sc.post(bambang, 'Gaskeun bersama!', undefined, undefined, campaign.ref)
await sc.reply(bambang, campaign.ref, campaign.ref, 'Siap, menang!')
await sc.repost(bambang, campaign.ref)
await sc.like(bambang, campaign.ref)
await sc.follow(bambang, menang02)
await sc.follow(bambang, sri)
await sc.post(sri, 'Tidak terdaftar, tidak boleh terbaca')

say({
  plc: network.plc.url,
  pds: network.pds.url,
  accounts: Object.entries(sc.dids).map(([name, did]) => ({ handle: `${name}.test`, did })),
})

let number = 0
for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() === 'stop') break
  if (line.trim() !== 'more') continue
  number += 1
  const more = await sc.post(menang02, `Kampanye akbar hari ke-${number}`)
  await sc.post(bambang, `Catatan kerja nomor ${number}`)
  await sc.like(bambang, more.ref)
  say({ more: number })
}
await network.close()
process.exit(0)
