export async function POST(request: Request) {
  const { url } = await request.json();
  // ruleid: caller-chosen-url
  const page = await fetch(url);
  return new Response(await page.text());
}

async function tool(call: any) {
  const wanted = JSON.parse(call.function.arguments);
  // ruleid: caller-chosen-url
  return fetch(wanted.url);
}
