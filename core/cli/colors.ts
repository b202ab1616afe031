import pc from 'picocolors'

/** Functions that color a text, or leave it as it is. */
export type Colors = ReturnType<typeof pc.createColors>

/** Colors where the stream shows them: https://no-color.org, and FORCE_COLOR for pipes that understand them. */
export function colorsFor(stream: NodeJS.WriteStream): Colors {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env
  if (NO_COLOR) return pc.createColors(false)
  if (FORCE_COLOR !== undefined) return pc.createColors(FORCE_COLOR !== '0')
  return pc.createColors(stream.isTTY === true && TERM !== 'dumb')
}

/** Texts mark what is to be typed by backticks: it gets a color, or quotes where there are none. */
export const markCode = (text: string, colors: Colors): string =>
  text.replace(/`([^`]+)`/g, (_, code: string) => (colors.isColorSupported ? colors.cyan(code) : `“${code}”`))
