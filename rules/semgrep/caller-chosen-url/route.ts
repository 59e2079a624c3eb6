export async function POST(request: Request) {
  const { url } = await request.json();
  // ruleid: caller-chosen-url
  const page = await fetch(url);
  return new Response(await page.text());
}

export async function forward({ request, fetch }: any) {
  const headers = new Headers(request.headers);
  // ok: caller-chosen-url
  return fetch(new Request(request, { headers }));
}

async function tool(call: any) {
  const wanted = JSON.parse(call.function.arguments);
  // ruleid: caller-chosen-url
  return fetch(wanted.url);
}
