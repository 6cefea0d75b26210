/** An answer's text as it is read aloud. */
import { type Block, type Inline, parseMarkdown } from './markdown.ts';

export function plain(text: string): string {
  return parseMarkdown(text).blocks.map(block).join(' ').replace(/\s+/g, ' ').trim();
}

function block(node: Block): string {
  switch (node.kind) {
    case 'code':
      return node.text;
    case 'quote':
      return node.children.map(block).join(' ');
    case 'list':
      return node.items.map((item) => item.map(block).join(' ')).join(' ');
    case 'table':
      return node.rows.map((row) => row.map(inlines).join(', ')).join('. ');
    default:
      return inlines(node.children);
  }
}

function inlines(nodes: Inline[]): string {
  return nodes.map(inline).join('').replace(/\s+([.,;:!?])/g, '$1');
}

function inline(node: Inline): string {
  if (node.kind === 'mark') return '';
  return 'text' in node ? node.text : inlines(node.children);
}
