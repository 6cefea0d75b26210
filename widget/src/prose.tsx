import { type ComponentChildren, createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Block, Inline } from './markdown.ts';

/** Draws a citation mark; `index` counts the marks of the text from 0. */
export type DrawMark = (source: number, index: number) => ComponentChildren;

interface ProseProps {
  tree: Block[];
  mark: DrawMark;
  /** What a table is called for those who do not see it. */
  table?: string;
}

/** An answer's text as elements. Nothing of it is ever parsed as HTML. */
export function Prose({ tree, mark, table = 'Table' }: ProseProps) {
  return (
    <TableName.Provider value={table}>
      <div class="prose">{blocks(tree, mark)}</div>
    </TableName.Provider>
  );
}

const TableName = createContext('Table');

function blocks(tree: Block[], mark: DrawMark): ComponentChildren {
  return tree.map((node) => block(node, mark));
}

function block(node: Block, mark: DrawMark): ComponentChildren {
  switch (node.kind) {
    case 'paragraph':
      return <p dir="auto">{inlines(node.children, mark)}</p>;
    case 'heading':
      // The page has its h1 and the question its h2.
      return <h3 dir="auto">{inlines(node.children, mark)}</h3>;
    case 'code':
      return (
        <pre tabIndex={0}>
          <code>{node.text}</code>
        </pre>
      );
    case 'quote':
      return <blockquote>{blocks(node.children, mark)}</blockquote>;
    case 'table':
      return <Table rows={node.rows} mark={mark} />;
    case 'list': {
      const items = node.items.map((item) => <li dir="auto">{tight(item, mark)}</li>);
      return node.ordered ? <ol start={node.start}>{items}</ol> : <ul>{items}</ul>;
    }
  }
}

/** An item that is a single paragraph needs no paragraph around it. */
function tight(item: Block[], mark: DrawMark): ComponentChildren {
  const [first, ...rest] = item;
  if (first?.kind !== 'paragraph') return blocks(item, mark);
  return [inlines(first.children, mark), blocks(rest, mark)];
}

function Table({ rows, mark }: { rows: Inline[][][]; mark: DrawMark }) {
  const [head = [], ...body] = rows;
  const name = useContext(TableName);
  return (
    <div class="table-scroll" role="region" aria-label={name} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {head.map((cell) => (
              <th scope="col">{inlines(cell, mark)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {body.map((row) => (
            <tr>
              {row.map((cell) => (
                <td>{inlines(cell, mark)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function inlines(nodes: Inline[], mark: DrawMark): ComponentChildren {
  return nodes.map((node) => inline(node, mark));
}

function inline(node: Inline, mark: DrawMark): ComponentChildren {
  switch (node.kind) {
    case 'text':
      return node.text;
    case 'code':
      return <code>{node.text}</code>;
    case 'strong':
      return <strong>{inlines(node.children, mark)}</strong>;
    case 'em':
      return <em>{inlines(node.children, mark)}</em>;
    case 'link':
      return (
        <a href={node.href} target="_blank" rel="noopener noreferrer nofollow">
          {inlines(node.children, mark)}
        </a>
      );
    case 'mark':
      return mark(node.source, node.index);
  }
}
