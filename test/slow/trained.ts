import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { smallFolder, tinyRecipe } from '../server/support.ts'
import { newPlace, type Place } from './place.ts'

/** A home with a data set `clothes` (three classes of twelve training images) and a run of one epoch. */
export async function trainedPlace(
  folder: string,
  { evaluated = false, pictures = smallFolder() }: { evaluated?: boolean; pictures?: string } = {},
): Promise<Place> {
  const place = newPlace(folder, {})
  const recipe = join(folder, 'recipe.json')
  writeFileSync(recipe, JSON.stringify(tinyRecipe))
  const commands = [
    ['import', pictures, '--name', 'clothes'],
    ['train', 'd1', '--recipe', recipe],
    ...(evaluated
      ? [
          ['evaluate', 'r1'],
          ['export', 'r1', '--format', 'onnx'],
        ]
      : []),
  ]
  for (const parameters of commands) {
    const command = place.command(parameters)
    const code = await command.ended
    if (code !== 0) throw new Error(`${parameters.join(' ')}: ${JSON.stringify(command.lines().at(-1))}`)
  }
  return place
}
