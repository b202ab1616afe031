/**
 * What a page could try, run in the page by 3-refusals.spec.ts: an object of functions, whose results are data.
 */
export default {
  there: (names) => names.filter((name) => name in window),

  follow(address) {
    const link = document.createElement('a')
    link.href = address
    document.body.append(link)
    link.click()
    link.remove()
  },

  assign(address) {
    location.href = address
  },

  open() {
    const link = document.createElement('a')
    Object.assign(link, { href: 'https://example.com', target: '_blank' })
    document.body.append(link)
    link.click()
    link.dispatchEvent(new MouseEvent('click', { button: 1, ctrlKey: true, bubbles: true }))
    link.remove()
    return ['https://example.com', 'app://vgg-studio/', 'about:blank'].map((to) => window.open(to) === null)
  },

  /** @returns the names of those that were granted */
  async permissions() {
    const asked = {
      media: () => navigator.mediaDevices.getUserMedia({ video: true }),
      screen: () => navigator.mediaDevices.getDisplayMedia(),
      place: () => new Promise((yes, no) => navigator.geolocation.getCurrentPosition(yes, no)),
      clipboard: () => navigator.clipboard.readText(),
      midi: () => navigator.requestMIDIAccess({ sysex: true }),
      usb: () => navigator.usb.requestDevice({ filters: [] }),
      notifications: async () => {
        if ((await Notification.requestPermission()) !== 'granted') throw new Error()
      },
    }
    const given = []
    for (const [name, ask] of Object.entries(asked)) {
      try {
        await ask()
        given.push(name)
      } catch {
        continue
      }
    }
    return given
  },

  /** @returns the names of those that were not refused */
  async content() {
    const element = (tag, src) =>
      new Promise((loaded, refused) => {
        const made = document.createElement(tag)
        made.onload = loaded
        made.onerror = refused
        made.src = src
        document.body.append(made)
      })
    const socket = () =>
      new Promise((opened, refused) => {
        const made = new WebSocket('ws://127.0.0.1:9/')
        made.onopen = opened
        made.onerror = refused
      })
    const inline = () => {
      const script = document.createElement('script')
      script.textContent = 'window.inlineRan = true'
      document.body.append(script)
      if (!window.inlineRan) throw new Error('refused')
    }
    const tried = {
      file: () => fetch('file:///etc/passwd'),
      site: () => fetch('https://example.com/', { mode: 'no-cors' }),
      socket,
      picture: () => element('img', 'https://example.com/a.png'),
      fileAsPicture: () => element('img', 'file:///work/none.png'),
      script: () => element('script', 'https://example.com/a.js'),
      dataScript: () => element('script', 'data:text/javascript,1'),
      inline,
      evaluated: () => (0, eval)('1'),
      made: () => new Function('return 1')(),
      markup: () => (document.createElement('div').innerHTML = '<b>x</b>'),
      policy: () => trustedTypes.createPolicy('mine', {}),
      worker: () => new Worker('data:text/javascript,1'),
    }
    const allowed = []
    for (const [name, attempt] of Object.entries(tried)) {
      try {
        await attempt()
        allowed.push(name)
      } catch {
        continue
      }
    }
    return allowed
  },

  async frames() {
    const frame = document.createElement('iframe')
    frame.src = 'app://vgg-studio/data'
    const webview = document.createElement('webview')
    webview.src = 'https://example.com'
    document.body.append(frame, webview)
    await new Promise((resolve) => setTimeout(resolve, 300))
    const result = { page: frame.contentDocument?.body?.innerText ?? '', webview: 'getURL' in webview }
    frame.remove()
    webview.remove()
    return result
  },
}
