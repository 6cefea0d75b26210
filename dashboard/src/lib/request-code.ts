/** A question as code. The key stays out of it: all of them read CEVVO_API_KEY. */
export const LANGUAGES = ['curl', 'TypeScript', 'Python', 'Go'] as const;
export type Language = (typeof LANGUAGES)[number];

export function requestAs(language: Language, question: string, origin: string): string {
  const message = JSON.stringify(question); // a text of all four languages
  const api = `${origin}/api/v1`;
  switch (language) {
    case 'curl':
      return [
        'curl --request POST \\',
        `  --url '${api}/chat' \\`,
        '  --header "Authorization: Bearer $CEVVO_API_KEY" \\',
        "  --header 'Content-Type: application/json' \\",
        `  --data '${`{"message":${message}}`.replaceAll("'", "'\\''")}'`,
      ].join('\n');
    case 'TypeScript':
      return [
        "import { Cevvo } from '@cevvo/sdk';",
        '',
        `const cevvo = new Cevvo({ baseURL: '${api}' });`,
        `const answer = await cevvo.chat.create({ message: ${message} });`,
        'console.log(answer.answer, answer.sources);',
      ].join('\n');
    case 'Python':
      return [
        'from cevvo_sdk import Cevvo',
        '',
        `cevvo = Cevvo(base_url="${api}")`,
        `answer = cevvo.chat.create(${message})`,
        'print(answer.answer, answer.sources)',
      ].join('\n');
    case 'Go':
      return [
        `client, err := cevvo.NewClient(cevvo.WithBaseURL("${api}"))`,
        'if err != nil {',
        '\tlog.Fatal(err)',
        '}',
        `answer, err := client.Chat.Create(context.Background(), cevvo.ChatRequest{Message: ${message}})`,
        'if err != nil {',
        '\tlog.Fatal(err)',
        '}',
        'fmt.Println(answer.Answer, answer.Sources)',
      ].join('\n');
  }
}
